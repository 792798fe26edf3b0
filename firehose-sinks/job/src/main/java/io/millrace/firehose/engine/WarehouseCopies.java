package io.millrace.firehose.engine;

import io.millrace.firehose.delivery.DeliverySpec;
import io.millrace.firehose.delivery.ShardRange;
import io.millrace.firehose.ledger.Ledger;
import io.millrace.firehose.ledger.StagedCopy;
import io.millrace.firehose.warehouse.PositionOverlapException;
import io.millrace.firehose.warehouse.StagedObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * Copies the visible objects of a delivery into the warehouse.
 *
 * <p>An object whose copy fails is tried again with growing pauses, until its retry duration has passed. Its manifest
 * is then kept under {@code errors/manifests/}, as AWS keeps it, and the object is in no table. Other objects are
 * copied meanwhile. Confined to one thread.
 */
public final class WarehouseCopies {
    private static final Logger LOG = LoggerFactory.getLogger(WarehouseCopies.class);
    private static final long FIRST_PAUSE_MILLIS = 500;
    private static final long LONGEST_PAUSE_MILLIS = 60_000;
    private static final int MAX_DOUBLINGS = 7;
    private static final long IDLE_MILLIS = 30_000;

    private final DeliverySpec spec;
    private final DeliverySpec.WarehouseTarget table;
    private final Ledger ledger;
    private final ObjectUploads uploads;
    private final Copier copier;
    private final LongSupplier clock;
    private final Map<String, Attempts> failed = new HashMap<>();

    /** Loads one object; one that is loaded already is no error. */
    @FunctionalInterface
    public interface Copier {
        /** Returns the number of rows that are new. */
        long copy(StagedObject object) throws SQLException, IOException, PositionOverlapException;
    }

    private record Attempts(int count, long nextEpochMillis) {}

    /** @param clock epoch milliseconds */
    public WarehouseCopies(DeliverySpec spec, Ledger ledger, ObjectUploads uploads, Copier copier, LongSupplier clock) {
        if (spec.warehouse() == null) {
            throw new IllegalArgumentException("warehouse: missing");
        }
        this.spec = spec;
        this.table = spec.warehouse();
        this.ledger = ledger;
        this.uploads = uploads;
        this.copier = copier;
        this.clock = clock;
    }

    /**
     * Copies what is due. Returns how many milliseconds there is nothing more to do.
     *
     * @throws IOException if the ledger or the object store fails; the copies are as they were then
     */
    public long step() throws IOException {
        List<StagedCopy> waiting = ledger.copies();
        failed.keySet().retainAll(waiting.stream().map(StagedCopy::path).toList());
        for (StagedCopy copy : waiting) {
            if (isDue(copy)) {
                attempt(copy);
            }
            if (Thread.currentThread().isInterrupted()) {
                return 0;
            }
        }
        long now = clock.getAsLong();
        return failed.values().stream()
                .mapToLong(attempts -> Math.max(1, attempts.nextEpochMillis() - now))
                .min()
                .orElse(IDLE_MILLIS);
    }

    /** Returns how many objects have failed and are tried again. */
    public int failing() {
        return failed.size();
    }

    private boolean isDue(StagedCopy copy) {
        Attempts attempts = failed.get(copy.path());
        return attempts == null || attempts.nextEpochMillis() <= clock.getAsLong();
    }

    private void attempt(StagedCopy copy) throws IOException {
        if (!failed.containsKey(copy.path())) {
            writeManifest("manifests/", copy);
        }
        try {
            long rows = copier.copy(new Staged(copy));
            LOG.info("{}: {} rows copied into {}", copy.path(), rows, table.table());
        } catch (SQLException | IOException e) { // an object that is not as the table asks is an IOException, too
            failed(copy, e);
            return;
        } catch (PositionOverlapException e) {
            ledger.copyFailed();
            giveUp(copy, e);
            return;
        }
        failed.remove(copy.path());
        ledger.copied(copy);
    }

    private void failed(StagedCopy copy, Exception failure) throws IOException {
        if (Thread.currentThread().isInterrupted()) {
            return;
        }
        ledger.copyFailed();
        long now = clock.getAsLong();
        if (now - copy.sealedEpochMillis() > table.retryMillis()) {
            giveUp(copy, failure);
            return;
        }
        Attempts before = failed.get(copy.path());
        int count = before == null ? 0 : before.count();
        long pause = Math.min(LONGEST_PAUSE_MILLIS, FIRST_PAUSE_MILLIS << Math.min(count, MAX_DOUBLINGS));
        failed.put(copy.path(), new Attempts(count + 1, now + pause));
        LOG.warn("{}: the copy into {} failed and is tried again in {} ms", copy.path(), table.table(), pause, failure);
    }

    private void giveUp(StagedCopy copy, Exception reason) throws IOException {
        LOG.error(
                "{}: the copy into {} is given up; its manifest is kept; records {}",
                copy.path(),
                table.table(),
                copy.ranges(),
                reason);
        writeManifest("errors/manifests/", copy);
        failed.remove(copy.path());
        ledger.givenUp(copy);
    }

    /** Keeps, in the form of Redshift, which objects a copy reads. */
    private void writeManifest(String folder, StagedCopy copy) throws IOException {
        String name = copy.path().substring(copy.path().lastIndexOf('/') + 1);
        byte[] manifest = JsonMapper.shared()
                .writeValueAsString(Map.of("entries", List.of(Map.of("url", copy.path(), "mandatory", true))))
                .getBytes(StandardCharsets.UTF_8);
        uploads.put(folder + name + ".manifest", manifest);
    }

    private final class Staged implements StagedObject {
        private final StagedCopy copy;

        Staged(StagedCopy copy) {
            this.copy = copy;
        }

        @Override
        public String id() {
            return copy.path();
        }

        @Override
        public String delivery() {
            return spec.deliveryStreamArn() + " " + spec.source().fromEpochMillis();
        }

        @Override
        public List<ShardRange> ranges() {
            return copy.ranges();
        }

        @Override
        public InputStream open() throws IOException {
            return uploads.open(copy.path());
        }
    }
}
