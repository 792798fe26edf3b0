package io.millrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.AggregatedRecord.UserRecord;
import io.millrace.ingest.ProducedRecords.Found;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.io.aws2.common.ClientConfiguration;
import org.apache.beam.sdk.io.aws2.kinesis.KinesisIO;
import org.apache.beam.sdk.options.PipelineOptionsFactory;
import org.apache.beam.sdk.transforms.Create;
import org.apache.beam.sdk.transforms.MapElements;
import org.apache.beam.sdk.values.TypeDescriptors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.kinesis.common.InitialPositionInStream;

/** Apache Beam's unmodified KinesisIO writes and reads, in Beam's runner for one process. */
@Timeout(120)
class BeamTest {
    private static final List<String> DATA =
            IntStream.range(0, 500).mapToObj(i -> "data-" + i).toList();

    /** Static, since Beam serializes what its functions refer to. */
    private static final Queue<String> READ = new ConcurrentLinkedQueue<>();

    @TempDir
    Path directory;

    @Test
    void whatAPipelineWritesAnotherReads() throws Exception {
        try (StreamsServer server = StreamsServer.start(directory);
                ProducedRecords produced = new ProducedRecords(server, "beam", 2)) {
            ClientConfiguration node = ClientConfiguration.builder()
                    .endpoint(URI.create(server.url("http")))
                    .region(Region.US_EAST_1)
                    .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")))
                    .build();
            write(node);
            assertThat(produced.all().stream().map(Found::record).map(UserRecord::data))
                    .containsExactlyInAnyOrderElementsOf(DATA);
            read(node);
        }
    }

    private static void write(ClientConfiguration node) {
        Pipeline pipeline = Pipeline.create(PipelineOptionsFactory.create());
        pipeline.apply(Create.of(DATA))
                .apply(KinesisIO.<String>write()
                        .withStreamName("beam")
                        .withPartitioner(data -> "key-" + data)
                        .withSerializer(data -> data.getBytes(StandardCharsets.UTF_8))
                        .withClientConfiguration(node));
        pipeline.run().waitUntilFinish();
    }

    private static void read(ClientConfiguration node) {
        Pipeline pipeline = Pipeline.create(PipelineOptionsFactory.create());
        pipeline.apply(KinesisIO.read()
                        .withStreamName("beam")
                        .withInitialPositionInStream(InitialPositionInStream.TRIM_HORIZON)
                        .withMaxNumRecords(DATA.size())
                        .withClientConfiguration(node))
                .apply(MapElements.into(TypeDescriptors.booleans())
                        .via(record -> READ.add(new String(record.getDataAsBytes(), StandardCharsets.UTF_8))));
        pipeline.run().waitUntilFinish();
        assertThat(READ).containsExactlyInAnyOrderElementsOf(DATA);
    }
}
