package io.millrace.firehose.job;

import java.io.IOException;
import java.util.Locale;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

/**
 * An object that is uploaded but not visible yet.
 *
 * @param recoverable the file system's own handle of the upload
 * @param loads whether the object is to be copied into the warehouse once it is visible
 * @param sealedEpochMillis when it was made; a copy that keeps failing is given up some time after
 */
record ObjectCommittable(
        String path, int recoverableVersion, byte[] recoverable, boolean loads, long sealedEpochMillis) {

    /** Writes the fields in order. */
    static final class Serializer implements SimpleVersionedSerializer<ObjectCommittable> {
        private static final int VERSION = 1;
        private static final int FIRST_BYTES = 512;

        @Override
        public int getVersion() {
            return VERSION;
        }

        @Override
        public byte[] serialize(ObjectCommittable object) throws IOException {
            DataOutputSerializer out = new DataOutputSerializer(FIRST_BYTES);
            out.writeUTF(object.path());
            out.writeInt(object.recoverableVersion());
            out.writeInt(object.recoverable().length);
            out.write(object.recoverable());
            out.writeBoolean(object.loads());
            out.writeLong(object.sealedEpochMillis());
            return out.getCopyOfBuffer();
        }

        @Override
        public ObjectCommittable deserialize(int version, byte[] bytes) throws IOException {
            if (version != VERSION) {
                throw new IOException(
                        String.format(Locale.ROOT, "committable: version %d (expected: %d)", version, VERSION));
            }
            DataInputDeserializer in = new DataInputDeserializer(bytes);
            String path = in.readUTF();
            int recoverableVersion = in.readInt();
            byte[] recoverable = new byte[in.readInt()];
            in.readFully(recoverable);
            return new ObjectCommittable(path, recoverableVersion, recoverable, in.readBoolean(), in.readLong());
        }
    }
}
