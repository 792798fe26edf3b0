package io.millrace.server.cli;

import java.io.PrintStream;
import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends the process when a thread ends by an {@link Error}, such as too little memory for buffers outside the heap: what
 * the thread did would be done by nobody, while the node looks alive. A supervisor starts the process again.
 *
 * @param halt ends the process at once, with an exit code
 */
record ErrorExit(PrintStream err, IntConsumer halt) implements Thread.UncaughtExceptionHandler {
    /** The exit code of the JVM itself when its heap is exhausted. */
    static final int EXIT_ERROR = 3;

    private static final Logger LOG = LoggerFactory.getLogger(ErrorExit.class);

    @Override
    public void uncaughtException(Thread thread, Throwable failure) {
        if (failure instanceof Error) {
            String reason = failure instanceof OutOfMemoryError ? "the node is out of memory" : "the node is broken";
            err.println("millrace: " + reason + " (" + failure + " in thread " + thread.getName()
                    + ") and ends; what was acknowledged is on the disk");
            err.flush();
            halt.accept(EXIT_ERROR);
        } else {
            LOG.error("thread {} ended", thread.getName(), failure);
        }
    }
}
