package io.millrace.ingest.log.segment;

import io.millrace.ingest.log.Durability;
import io.millrace.ingest.log.ShardLog;
import io.millrace.ingest.log.ShardLogContract;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;

class EmbeddedShardLogContractTest extends ShardLogContract {
    @Override
    protected ShardLog open(Path directory, InstantSource clock) throws IOException {
        return EmbeddedShardLog.open(directory, new Durability.Fsync(), clock);
    }
}
