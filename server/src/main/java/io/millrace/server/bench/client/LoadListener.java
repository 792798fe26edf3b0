package io.millrace.server.bench.client;

import java.io.IOException;
import java.time.Duration;

/** Is told how a load goes on. Called on the client's thread, which sends nothing meanwhile. */
public interface LoadListener {
    /** The warm-up is over and counting begins. */
    default void measuring() throws IOException {}

    /** An interval is over, during the warm-up or after it. */
    default void interval(Duration elapsed, boolean warmup, Tally tally) throws IOException {}

    /** Counting is over; some answers may still be awaited. */
    default void measured() throws IOException {}
}
