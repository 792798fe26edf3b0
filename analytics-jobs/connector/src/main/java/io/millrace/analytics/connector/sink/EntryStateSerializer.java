package io.millrace.analytics.connector.sink;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.apache.flink.connector.base.sink.writer.AsyncSinkWriterStateSerializer;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequestEntry;

/** Writes waiting entries into checkpoints: partition key, explicit hash key or an empty string, data. */
final class EntryStateSerializer extends AsyncSinkWriterStateSerializer<PutRecordsRequestEntry> {
    private static final int VERSION = 1;

    @Override
    protected void serializeRequestToStream(PutRecordsRequestEntry entry, DataOutputStream out) throws IOException {
        byte[] data = entry.data().asByteArrayUnsafe();
        out.writeUTF(entry.partitionKey());
        out.writeUTF(entry.explicitHashKey() == null ? "" : entry.explicitHashKey());
        out.writeInt(data.length);
        out.write(data);
    }

    @Override
    protected PutRecordsRequestEntry deserializeRequestFromStream(long size, DataInputStream in) throws IOException {
        String partitionKey = in.readUTF();
        String explicitHashKey = in.readUTF();
        byte[] data = new byte[in.readInt()];
        in.readFully(data);
        return PutRecordsRequestEntry.builder()
                .partitionKey(partitionKey)
                .explicitHashKey(explicitHashKey.isEmpty() ? null : explicitHashKey)
                .data(SdkBytes.fromByteArrayUnsafe(data))
                .build();
    }

    @Override
    public int getVersion() {
        return VERSION;
    }
}
