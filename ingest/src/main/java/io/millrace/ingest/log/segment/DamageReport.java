package io.millrace.ingest.log.segment;

import io.millrace.ingest.log.Damage;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The damages found in a log's files, each told once. Thread-safe. */
final class DamageReport {
    private static final Logger LOG = LoggerFactory.getLogger(DamageReport.class);
    private static final int MAX_KEPT = 1000;

    private final List<Damage> found = new CopyOnWriteArrayList<>();

    /** Notes a damage and returns it. */
    Damage add(Damage damage) {
        if (found.size() < MAX_KEPT && !found.contains(damage)) {
            found.add(damage);
            LOG.error("damage in the log: {}; see 'millrace log verify'", damage);
            if (found.size() == MAX_KEPT) {
                LOG.error("more than {} places in the log are damaged; further ones are not listed", MAX_KEPT);
            }
        }
        return damage;
    }

    List<Damage> found() {
        return List.copyOf(found);
    }
}
