package io.millrace.analytics.connector.source;

import static io.millrace.analytics.connector.FakeStream.id;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.analytics.connector.FakeStream;
import io.millrace.analytics.connector.client.StreamRef;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.flink.api.connector.source.ReaderInfo;
import org.apache.flink.api.connector.source.SplitsAssignment;
import org.apache.flink.api.connector.source.mocks.MockSplitEnumeratorContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class ShardEnumeratorTest {
    private static final EnumeratorState NOTHING = new EnumeratorState(Set.of(), Set.of(), List.of());

    @TempDir
    static Path directory;

    private final List<AutoCloseable> opened = new ArrayList<>();
    private FakeStream stream;

    @BeforeEach
    void open() throws IOException {
        stream = new FakeStream(directory);
        opened.add(stream);
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : opened) {
            one.close();
        }
    }

    /** An enumerator and the Flink around it. */
    private final class Run {
        final MockSplitEnumeratorContext<ShardSplit> context;
        final ShardEnumerator enumerator;

        Run(int parallelism, StartFrom start, EnumeratorState state) {
            context = new MockSplitEnumeratorContext<>(parallelism);
            enumerator = new ShardEnumerator(
                    context, stream.connection(), new StreamRef("s"), KinesisSource.Options.from(start), state);
            opened.add(0, context);
            opened.add(0, enumerator);
            enumerator.start();
        }

        Run reader(int subtask) {
            context.registerReader(new ReaderInfo(subtask, "host"));
            enumerator.addReader(subtask);
            return this;
        }

        Run look() throws IOException {
            try {
                context.runPeriodicCallable(0);
            } catch (Throwable e) {
                throw new IOException(e);
            }
            return this;
        }

        Run ended(int... shards) {
            List<String> ids = new ArrayList<>();
            for (int shard : shards) {
                ids.add(id(shard));
            }
            enumerator.handleSourceEvent(0, new ShardsFinished(ids));
            return this;
        }

        /** Everything assigned so far, and forgets it. */
        Map<String, String> assigned() {
            Map<String, String> assigned = new TreeMap<>();
            for (SplitsAssignment<ShardSplit> one : context.getSplitsAssignmentSequence()) {
                one.assignment()
                        .forEach((reader, splits) -> splits.forEach(split -> assigned.put(
                                split.shardId(), reader + " " + split.position().type())));
            }
            context.getSplitsAssignmentSequence().clear();
            return assigned;
        }
    }

    @Test
    void shardsAreSpreadEvenlyOverTheReaders() throws IOException {
        for (int shard = 0; shard < 6; shard++) {
            stream.shard(shard);
        }
        Run run =
                new Run(3, StartFrom.trimHorizon(), NOTHING).reader(0).reader(1).reader(2);
        assertThat(run.assigned()).isEmpty();

        assertThat(run.look().assigned())
                .containsExactly(
                        Map.entry(id(0), "0 TRIM_HORIZON"),
                        Map.entry(id(1), "1 TRIM_HORIZON"),
                        Map.entry(id(2), "2 TRIM_HORIZON"),
                        Map.entry(id(3), "0 TRIM_HORIZON"),
                        Map.entry(id(4), "1 TRIM_HORIZON"),
                        Map.entry(id(5), "2 TRIM_HORIZON"));
        assertThat(run.look().assigned()).isEmpty();
    }

    @Test
    void aShardWaitsForItsReader() throws IOException {
        stream.shard(0).shard(1);
        Run run = new Run(2, StartFrom.trimHorizon(), NOTHING).reader(0).look();
        assertThat(run.assigned()).containsOnlyKeys(id(0));
        assertThat(run.reader(1).assigned()).containsOnlyKeys(id(1));
    }

    @Test
    void latestBecomesTheTimeOfTheFirstLookAndLaterShardsAreReadFromTheirBeginning() throws IOException {
        stream.shard(0);
        long before = System.currentTimeMillis();
        Run run = new Run(1, StartFrom.latest(), NOTHING).look();
        StartFrom start = run.enumerator.snapshotState(1).waiting().get(0).position();
        assertThat(start.type()).isEqualTo(StartFrom.Type.AT_TIMESTAMP);
        assertThat(start.epochMillis()).isBetween(before, System.currentTimeMillis());

        stream.shard(1);
        assertThat(run.reader(0).look().assigned())
                .containsExactly(Map.entry(id(0), "0 AT_TIMESTAMP"), Map.entry(id(1), "0 TRIM_HORIZON"));
    }

    @Test
    void childrenAreHeldUntilAllTheirParentsWereReadToTheirEnd() throws IOException {
        stream.shard(0).shard(1);
        Run run = new Run(1, StartFrom.trimHorizon(), NOTHING).reader(0).look();
        run.assigned();
        stream.shard(2, 0, 1).shard(3, 2);

        assertThat(run.look().assigned()).isEmpty();
        assertThat(run.ended(0).assigned()).isEmpty();
        assertThat(run.ended(1).assigned()).containsOnlyKeys(id(2));
        assertThat(run.ended(2).assigned()).containsOnlyKeys(id(3));
    }

    @Test
    void childrenOfTheFirstLookAreHeldTooAndBeginWhereTheStreamDoes() throws IOException {
        stream.shard(0).shard(1, 0).shard(2, 0);
        Run run = new Run(1, StartFrom.timestamp(5), NOTHING).reader(0).look();
        assertThat(run.assigned()).containsOnlyKeys(id(0));
        assertThat(run.ended(0).assigned())
                .containsExactly(Map.entry(id(1), "0 AT_TIMESTAMP"), Map.entry(id(2), "0 AT_TIMESTAMP"));
    }

    @Test
    void aParentThatIsGoneFromTheStreamHoldsNobody() throws IOException {
        stream.shard(7, 3, 4);
        assertThat(new Run(1, StartFrom.trimHorizon(), NOTHING).reader(0).look().assigned())
                .containsOnlyKeys(id(7));
    }

    @Test
    void splitsOfALostReaderAreAssignedAgainWhereTheyWere() throws IOException {
        stream.shard(0);
        Run run = new Run(1, StartFrom.trimHorizon(), NOTHING).reader(0).look();
        run.assigned();
        run.context.unregisterReader(0);

        run.enumerator.addSplitsBack(List.of(new ShardSplit(id(0), StartFrom.after("17"))), 0);
        assertThat(run.assigned()).isEmpty();
        assertThat(run.reader(0).assigned()).containsExactly(Map.entry(id(0), "0 AFTER_SEQUENCE_NUMBER"));
    }

    @Test
    void aRestoredEnumeratorGoesOnWithoutAssigningTwiceAndKeepsHoldingChildren() throws IOException {
        stream.shard(0).shard(1);
        Run first = new Run(2, StartFrom.timestamp(5), NOTHING).reader(0).look();
        stream.shard(2, 0);
        first.look();
        EnumeratorState state = first.enumerator.snapshotState(1);
        assertThat(state.known()).containsExactly(id(0), id(1), id(2));

        Run second = new Run(2, StartFrom.timestamp(5), state).reader(0).reader(1);
        assertThat(second.assigned()).isEmpty(); // who its parents are is not known before the first look
        assertThat(second.look().assigned()).containsExactly(Map.entry(id(1), "1 AT_TIMESTAMP"));
        assertThat(second.ended(0).assigned()).containsExactly(Map.entry(id(2), "0 TRIM_HORIZON"));
    }

    @Test
    void aChildHeldFromTheFirstLookKeepsItsStartOverARestart() throws IOException {
        stream.shard(0).shard(1, 0);
        Run first = new Run(1, StartFrom.latest(), NOTHING).reader(0).look();
        Run second = new Run(1, StartFrom.latest(), first.enumerator.snapshotState(1))
                .reader(0)
                .look()
                .ended(0);
        assertThat(second.assigned()).containsExactly(Map.entry(id(1), "0 AT_TIMESTAMP"));
    }

    @Test
    void anEndToldBeforeACheckpointIsKnownAfterIt() throws IOException {
        stream.shard(0);
        Run first =
                new Run(1, StartFrom.trimHorizon(), NOTHING).reader(0).look().ended(0);
        stream.shard(1, 0);
        Run second = new Run(1, StartFrom.trimHorizon(), first.enumerator.snapshotState(1))
                .reader(0)
                .look();
        assertThat(second.assigned()).containsOnlyKeys(id(1));
    }

    @Test
    void anEndpointThatDoesNotAnswerIsAskedAgain() throws IOException {
        FakeStream working = stream;
        stream = new FakeStream(directory);
        Run run = new Run(1, StartFrom.trimHorizon(), NOTHING).reader(0);
        stream.close();
        assertThat(run.look().assigned()).isEmpty();
        stream = working;
    }
}
