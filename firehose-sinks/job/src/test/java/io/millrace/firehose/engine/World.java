package io.millrace.firehose.engine;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.millrace.firehose.delivery.DeliveryRecord;
import io.millrace.firehose.ledger.Upload;
import io.millrace.firehose.ledger.UploadGoneException;
import io.millrace.firehose.ledger.VersionStore;
import io.millrace.firehose.warehouse.StagedObject;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The log, the object store and the warehouse that racing jobs share, as a job sees them between kills. */
final class World {
    final Map<String, List<DeliveryRecord>> log = new TreeMap<>();
    final Map<String, byte[]> visible = new TreeMap<>();
    final List<String> rows = new ArrayList<>();
    private final TreeMap<Long, byte[]> versions = new TreeMap<>();
    private final Map<String, byte[]> uploads = new TreeMap<>();
    private final Set<String> loaded = new HashSet<>();
    private int nextUpload;
    private int nextRecord;

    /** Adds a record to a shard, and now and then an aggregate of several. */
    void append(String shard, int subRecords) {
        List<DeliveryRecord> records = log.computeIfAbsent(shard, id -> new ArrayList<>());
        String number = Integer.toString(97 + nextRecord); // from two digits to three, and on
        for (int i = 0; i < subRecords; i++) {
            String position = subRecords == 1 ? number : number + "/" + i;
            byte[] data = (shard + ":" + position).getBytes(US_ASCII);
            records.add(new DeliveryRecord(shard, position, 1_000 + nextRecord, data));
        }
        nextRecord++;
    }

    List<String> records() {
        return log.values().stream()
                .flatMap(List::stream)
                .map(record -> new String(record.data(), US_ASCII))
                .sorted()
                .toList();
    }

    List<String> delivered() {
        return visible.values().stream()
                .flatMap(object -> new String(object, US_ASCII).lines())
                .sorted()
                .toList();
    }

    /** Returns the newest version of the ledger. */
    JsonNode ledger() {
        return JsonMapper.shared().readTree(versions.lastEntry().getValue());
    }

    int versionCount() {
        return versions.size();
    }

    /** What a rule of the bucket does with uploads that are not completed. */
    void abortUploads() {
        uploads.clear();
    }

    /** Versions as one job reaches them: a step before each call, and one before its answer. */
    VersionStore versionsFor(Turns.Job job) {
        return new VersionStore() {
            @Override
            public SortedSet<Long> versions() {
                job.step();
                return new TreeSet<>(versions.keySet());
            }

            @Override
            public byte @Nullable [] get(long version) {
                job.step();
                return versions.get(version);
            }

            @Override
            public boolean putIfAbsent(long version, byte[] document) {
                job.step();
                boolean stored = versions.putIfAbsent(version, document) == null;
                job.step();
                return stored;
            }

            @Override
            public void delete(long version) {
                job.step();
                versions.remove(version);
            }
        };
    }

    ObjectUploads uploadsFor(Turns.Job job) {
        return new ObjectUploads() {
            @Override
            public @Nullable Upload upload(String key, boolean loads, Content content) throws IOException {
                job.step();
                ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                if (!content.writeTo(bytes) || bytes.size() == 0) {
                    return null;
                }
                String id = "upload-" + nextUpload++;
                uploads.put(id, bytes.toByteArray());
                job.step();
                return new Upload(key, 1, id.getBytes(US_ASCII), loads);
            }

            @Override
            public void complete(Upload upload) throws IOException {
                job.step();
                byte[] bytes = uploads.remove(new String(upload.handle(), US_ASCII));
                if (bytes != null) {
                    visible.put(upload.path(), bytes);
                } else if (!visible.containsKey(upload.path())) {
                    throw new UploadGoneException(upload.path(), new IOException("NoSuchUpload"));
                }
                job.step();
            }

            @Override
            public void discard(Upload upload) {
                uploads.remove(new String(upload.handle(), US_ASCII));
            }

            @Override
            public InputStream open(String path) {
                return new ByteArrayInputStream(visible.get(path));
            }

            @Override
            public void put(String key, byte[] content) {
                job.step();
            }
        };
    }

    WarehouseCopies.Copier warehouseFor(Turns.Job job) {
        return object -> {
            job.step();
            long count = loaded.add(object.id()) ? load(object) : 0;
            job.step();
            return count;
        };
    }

    private long load(StagedObject object) throws IOException {
        try (InputStream in = object.open()) {
            List<String> lines = new String(in.readAllBytes(), US_ASCII).lines().toList();
            rows.addAll(lines);
            return lines.size();
        }
    }
}
