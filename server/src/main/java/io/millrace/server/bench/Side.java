package io.millrace.server.bench;

import java.io.IOException;
import java.util.List;

/** One side of a comparison: started, measured, ended, and its data removed, so that the next finds a quiet machine. */
interface Side {
    /** What a node can be measured against. */
    List<String> ALL = List.of("kafka", "kafka-flush", "kinesalite", "disk");

    /** Returns one row, or more when there are several figures of it. */
    List<Row> measure() throws IOException, InterruptedException;
}
