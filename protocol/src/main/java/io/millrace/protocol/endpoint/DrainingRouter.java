package io.millrace.protocol.endpoint;

import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Counts the requests that were handed over and are not answered yet, so that an endpoint can wait for them before it
 * closes. An answer that streams counts as given when it begins: it may never end by itself. Thread-safe.
 */
final class DrainingRouter implements RequestRouter {
    private final RequestRouter router;
    private int pending;

    DrainingRouter(RequestRouter router) {
        this.router = router;
    }

    @Override
    public Route route(RequestHead head) {
        Route route = router.route(head);
        return route instanceof Route.Whole whole
                ? new Route.Whole(
                        whole.maxBodyBytes(),
                        (exchange, body) -> whole.handler().handle(new Counted(exchange), body),
                        whole.onTooLarge())
                : route;
    }

    private synchronized void begin() {
        pending++;
    }

    private synchronized void end() {
        pending--;
        notifyAll();
    }

    /** Waits until every request is answered, at most for the time given. */
    synchronized void drain(Duration timeout) throws InterruptedException {
        long end = System.nanoTime() + timeout.toNanos();
        while (pending > 0) {
            long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            if (left <= 0) {
                return;
            }
            wait(left);
        }
    }

    /** An exchange that ends its count with its answer. */
    private final class Counted implements Exchange {
        private final Exchange exchange;
        private final AtomicBoolean ended = new AtomicBoolean();

        Counted(Exchange exchange) {
            this.exchange = exchange;
            begin();
        }

        private void answered() {
            if (ended.compareAndSet(false, true)) {
                end();
            }
        }

        @Override
        public RequestHead head() {
            return exchange.head();
        }

        @Override
        public String requestId() {
            return exchange.requestId();
        }

        @Override
        public void answer(Answer answer) {
            try {
                exchange.answer(answer);
            } finally {
                answered();
            }
        }

        @Override
        public void answer(int status, Map<String, String> headers, ByteBuf body) {
            try {
                exchange.answer(status, headers, body);
            } finally {
                answered();
            }
        }

        @Override
        public void answer(int status, Map<String, String> headers, BodyPieces body) {
            try {
                exchange.answer(status, headers, body);
            } finally {
                answered();
            }
        }

        @Override
        public ResponseStream answerStreaming(int status, Map<String, String> headers) {
            try {
                return exchange.answerStreaming(status, headers);
            } finally {
                answered();
            }
        }

        @Override
        public Executor eventLoop() {
            return exchange.eventLoop();
        }
    }
}
