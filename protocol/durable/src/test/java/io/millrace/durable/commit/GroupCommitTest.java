package io.millrace.durable.commit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class GroupCommitTest {
    private static final long GROUP_BYTES = 100;

    private final Written log = new Written();
    private final GroupCommit<String, Integer> commits = new GroupCommit<>(log, GROUP_BYTES, Duration.ofMillis(10));

    /** Keeps what it is given, and fails when it is told to. */
    private static final class Written implements GroupCommit.Log<String, Integer> {
        private final List<List<String>> groups = new ArrayList<>();
        private final List<String> dropped = new ArrayList<>();
        private int idle;
        private boolean finished;
        private Exception failure = new IOException("nothing failed");
        private boolean fails;
        private Error error;
        private boolean refuses;

        @Override
        public String name() {
            return "the log";
        }

        @Override
        public void commit(List<GroupCommit<String, Integer>.Entry> group) throws IOException {
            groups.add(group.stream().map(GroupCommit.Entry::item).toList());
            if (error != null) {
                throw error;
            }
            if (refuses) {
                group.forEach(entry -> entry.fail(new IOException("no room")));
                return;
            }
            for (var entry : group) {
                if (fails && failure instanceof IOException e) {
                    throw e;
                }
                if (fails) {
                    throw (RuntimeException) failure;
                }
                entry.complete(groups.size());
            }
        }

        @Override
        public void idle() {
            idle++;
        }

        @Override
        public void finish() {
            finished = true;
        }

        @Override
        public synchronized void dropped(String item) {
            dropped.add(item);
        }

        @Override
        public IOException stopped(IOException cause) {
            return new IOException("stopped: " + cause.getMessage(), cause);
        }
    }

    @Test
    void whatWaitsIsOneGroupUpToItsSize() {
        List<CompletableFuture<Integer>> done = new ArrayList<>();
        for (String item : List.of("a", "b", "c", "d")) {
            done.add(commits.enqueue(item, 40));
        }
        assertThat(commits.queuedBytes()).isEqualTo(160);

        commits.step(0);
        assertThat(log.groups).containsExactly(List.of("a", "b", "c"));
        assertThat(done.get(2)).isCompletedWithValue(1);
        assertThat(done.get(3)).isNotDone();
        assertThat(commits.queuedBytes()).isEqualTo(40);

        commits.step(0);
        commits.step(0);
        assertThat(done.get(3)).isCompletedWithValue(2);
        assertThat(log.idle).isEqualTo(1);
        assertThat(commits.queuedBytes()).isZero();
    }

    @Test
    void aGroupThatIsRefusedStopsNothing() {
        log.refuses = true;
        CompletableFuture<Integer> refused = commits.enqueue("a", 1);
        commits.step(0);
        log.refuses = false;
        CompletableFuture<Integer> taken = commits.enqueue("b", 1);
        commits.step(0);

        assertThat(refused).isCompletedExceptionally();
        assertThat(log.dropped).containsExactly("a");
        assertThat(taken).isCompletedWithValue(2);
        assertThat(commits.failure()).isNull();
    }

    @Test
    void afterAFailureNothingIsWrittenAnyMoreAndNobodyWaits() {
        log.fails = true;
        log.failure = new IOException("the disk is gone");
        CompletableFuture<Integer> first = commits.enqueue("a", GROUP_BYTES);
        CompletableFuture<Integer> queued = commits.enqueue("b", 1);
        commits.run();
        CompletableFuture<Integer> later = commits.enqueue("c", 1);

        for (CompletableFuture<Integer> each : List.of(first, queued, later)) {
            assertThatThrownBy(each::join).hasMessageContaining("stopped: the disk is gone");
        }
        assertThat(log.groups).hasSize(1);
        assertThat(log.dropped).containsExactly("a", "b", "c");
        assertThat(log.finished).isFalse();
        assertThat(commits.failure()).hasMessage("the disk is gone");
        assertThat(commits.queuedBytes()).isZero();
    }

    @Test
    void aDefectOfTheLogIsAFailureToo() {
        log.fails = true;
        log.failure = new IllegalStateException("a defect");
        CompletableFuture<Integer> first = commits.enqueue("a", GROUP_BYTES);
        CompletableFuture<Integer> queued = commits.enqueue("b", 1);
        commits.run();

        assertThatThrownBy(first::join).hasRootCauseMessage("a defect");
        assertThatThrownBy(queued::join)
                .hasMessageContaining("the log's writer failed")
                .hasRootCauseMessage("a defect");
    }

    @Test
    void withoutMemoryTheThreadEndsAndNobodyWaits() {
        log.error = new OutOfMemoryError("injected");
        CompletableFuture<Integer> first = commits.enqueue("a", GROUP_BYTES);
        CompletableFuture<Integer> queued = commits.enqueue("b", 1);

        assertThatThrownBy(commits::run).isSameAs(log.error);
        assertThat(first).isCompletedExceptionally();
        assertThatThrownBy(queued::join).hasMessageContaining("the log's writer ended");
        assertThat(commits.failure()).hasMessageContaining("injected");
    }

    @Test
    void closingWritesWhatIsQueuedAndRefusesWhatComesLater() {
        CompletableFuture<Integer> queued = commits.enqueue("a", 1);
        commits.close();
        commits.run();
        CompletableFuture<Integer> later = commits.enqueue("b", 1);

        assertThat(queued).isCompletedWithValue(1);
        assertThat(log.finished).isTrue();
        assertThatThrownBy(later::join).hasMessageContaining("the log is closed");
        assertThat(log.dropped).containsExactly("b");
    }

    @Test
    void whatAnotherPartOfTheLogMetStopsTheThreadAtOnce() throws Exception {
        GroupCommit<String, Integer> waiting = new GroupCommit<>(log, GROUP_BYTES, Duration.ofDays(1));
        Thread other = new Thread(waiting);
        other.start();
        waiting.fail(new IOException("a shard file could not be synced"));
        other.join(TimeUnit.SECONDS.toMillis(10));

        assertThat(other.isAlive()).isFalse();
        assertThatThrownBy(() -> waiting.enqueue("a", 1).join())
                .hasMessageContaining("stopped: a shard file could not be synced");
        assertThat(log.finished).isFalse();
    }
}
