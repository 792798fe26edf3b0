package io.millrace.server.node;

import io.millrace.durable.documents.DamagedDocument;
import io.millrace.server.health.Part;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shows in the health which documents of the data directory are damaged. The part is good all the same: everything else
 * is served, and a restart would change nothing.
 *
 * @param loaded of each part of the node
 * @param keys ids of access keys whose documents cannot be read
 */
record DocumentsPart(List<Supplier<List<DamagedDocument>>> loaded, Supplier<List<String>> keys) {
    private static final Logger LOG = LoggerFactory.getLogger(DocumentsPart.class);
    private static final int SHOWN = 20;

    DocumentsPart {
        loaded = List.copyOf(loaded);
    }

    /** Tells the operator once, at the start, which files to look after. */
    DocumentsPart logged() {
        all().forEach(LOG::error);
        return this;
    }

    Part look() {
        List<String> damaged = all();
        return Part.ok(Map.of(
                "damaged",
                damaged.size(),
                "damages",
                damaged.stream().limit(SHOWN).toList()));
    }

    private List<String> all() {
        List<String> damaged = new ArrayList<>();
        for (Supplier<List<DamagedDocument>> each : loaded) {
            each.get().forEach(document -> damaged.add(document.toString()));
        }
        keys.get()
                .forEach(id ->
                        damaged.add("access key " + id + ": its document is damaged; add the key again or remove it"));
        return damaged;
    }
}
