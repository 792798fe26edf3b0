package io.millrace.analytics.connector.source;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

/**
 * What the enumerator remembers across restarts.
 *
 * @param known every shard that was ever found
 * @param finished the known shards that were read to their end
 * @param waiting found but not with a reader
 */
record EnumeratorState(Set<String> known, Set<String> finished, List<ShardSplit> waiting) {

    /** Writes the three parts in order, each with its size first. */
    static final class Serializer implements SimpleVersionedSerializer<EnumeratorState> {
        private static final int VERSION = 1;
        private static final int FIRST_BYTES = 1024;

        @Override
        public int getVersion() {
            return VERSION;
        }

        @Override
        public byte[] serialize(EnumeratorState state) throws IOException {
            DataOutputSerializer out = new DataOutputSerializer(FIRST_BYTES);
            writeNames(state.known(), out);
            writeNames(state.finished(), out);
            out.writeInt(state.waiting().size());
            for (ShardSplit split : state.waiting()) {
                ShardSplitSerializer.write(split, out);
            }
            return out.getCopyOfBuffer();
        }

        @Override
        public EnumeratorState deserialize(int version, byte[] bytes) throws IOException {
            if (version != VERSION) {
                throw new IOException(
                        String.format(Locale.ROOT, "enumerator state: version %d (expected: %d)", version, VERSION));
            }
            DataInputDeserializer in = new DataInputDeserializer(bytes);
            Set<String> known = readNames(in);
            Set<String> finished = readNames(in);
            int count = in.readInt();
            List<ShardSplit> waiting = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                waiting.add(ShardSplitSerializer.read(in));
            }
            return new EnumeratorState(known, finished, waiting);
        }

        private static void writeNames(Set<String> names, DataOutputSerializer out) throws IOException {
            out.writeInt(names.size());
            for (String name : names) {
                out.writeUTF(name);
            }
        }

        private static Set<String> readNames(DataInputDeserializer in) throws IOException {
            int count = in.readInt();
            Set<String> names = new TreeSet<>();
            for (int i = 0; i < count; i++) {
                names.add(in.readUTF());
            }
            return names;
        }
    }
}
