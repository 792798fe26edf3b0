package io.millrace.firehose.job;

import io.millrace.firehose.delivery.DeliverySpec;
import io.millrace.firehose.delivery.ShardRange;
import io.millrace.firehose.warehouse.PositionOverlapException;
import io.millrace.firehose.warehouse.PostgresCopy;
import io.millrace.firehose.warehouse.StagedObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;
import org.apache.flink.core.fs.RecoverableWriter;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * Makes uploads visible that checkpoints of an earlier version hold, and copies staged objects into the warehouse.
 *
 * <p>Both steps may be repeated after a failure: completing a completed upload does nothing, and the warehouse's ledger
 * knows the object. A copy that fails is tried again until its time is up; its manifest is then kept under
 * {@code errors/manifests/} for the operator, and the delivery goes on. Confined to the task's thread.
 */
final class ObjectCommitter implements Committer<ObjectCommittable> {
    private static final Logger LOG = LoggerFactory.getLogger(ObjectCommitter.class);

    private final DeliverySpec.ObjectTarget target;
    private final DeliverySpec.@Nullable WarehouseTarget warehouse;
    private final @Nullable PostgresCopy copy;
    private final FileSystem files;
    private final RecoverableWriter uploads;

    ObjectCommitter(DeliverySpec spec) throws IOException {
        this.target = spec.objects();
        this.warehouse = spec.warehouse();
        this.copy = warehouse == null ? null : new PostgresCopy(warehouse);
        this.files = FileSystem.get(URI.create(target.baseUri() + "/"));
        this.uploads = files.createRecoverableWriter();
    }

    @Override
    public void commit(Collection<CommitRequest<ObjectCommittable>> requests) throws IOException {
        for (CommitRequest<ObjectCommittable> request : requests) {
            ObjectCommittable object = request.getCommittable();
            uploads.recoverForCommit(uploads.getCommitRecoverableSerializer()
                            .deserialize(object.recoverableVersion(), object.recoverable()))
                    .commitAfterRecovery();
            if (object.loads()) {
                load(request, object);
            }
        }
    }

    private void load(CommitRequest<ObjectCommittable> request, ObjectCommittable object) throws IOException {
        PostgresCopy postgres = copy;
        DeliverySpec.WarehouseTarget table = warehouse;
        if (postgres == null || table == null) {
            return;
        }
        try {
            writeManifest("manifests/", object);
            long rows = postgres.copy(staged(object));
            LOG.info("{}: {} rows copied into {}", object.path(), rows, table.table());
        } catch (SQLException | IOException | PositionOverlapException e) {
            if (System.currentTimeMillis() - object.sealedEpochMillis() > table.retryMillis()) {
                LOG.error("{}: the copy into {} is given up; its manifest is kept", object.path(), table.table(), e);
                writeManifest("errors/manifests/", object);
            } else {
                LOG.warn("{}: the copy into {} failed and is tried again", object.path(), table.table(), e);
                request.retryLater();
            }
        }
    }

    private StagedObject staged(ObjectCommittable object) {
        return new StagedObject() {
            @Override
            public String id() {
                return object.path();
            }

            @Override
            public String delivery() {
                return "";
            }

            @Override
            public List<ShardRange> ranges() {
                return List.of();
            }

            @Override
            public InputStream open() throws IOException {
                return files.open(new Path(object.path()));
            }
        };
    }

    /** Keeps, in the form of Redshift, which objects a copy reads. */
    private void writeManifest(String folder, ObjectCommittable object) throws IOException {
        String name = object.path().substring(object.path().lastIndexOf('/') + 1);
        byte[] manifest = JsonMapper.shared()
                .writeValueAsString(Map.of("entries", List.of(Map.of("url", object.path(), "mandatory", true))))
                .getBytes(StandardCharsets.UTF_8);
        Path path = new Path(target.baseUri() + "/" + folder + name + ".manifest");
        try (OutputStream out = files.create(path, FileSystem.WriteMode.OVERWRITE)) {
            out.write(manifest);
        }
    }

    @Override
    public void close() {}
}
