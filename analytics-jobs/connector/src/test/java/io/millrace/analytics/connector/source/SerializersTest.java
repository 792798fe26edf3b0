package io.millrace.analytics.connector.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(10)
class SerializersTest {
    private static final String NUMBER = "49590338271490256608559692538361571095921575989136588898";

    private final ShardSplitSerializer splits = new ShardSplitSerializer();
    private final EnumeratorState.Serializer states = new EnumeratorState.Serializer();

    static Stream<ShardSplit> everyKindOfSplit() {
        return Stream.of(
                new ShardSplit("shardId-000000000000", StartFrom.trimHorizon()),
                new ShardSplit("shardId-000000000001", StartFrom.latest()),
                new ShardSplit("shardId-000000000002", StartFrom.timestamp(1_700_000_000_123L)),
                new ShardSplit("shardId-000000000003", StartFrom.timestamp(0)),
                new ShardSplit("shardId-000000000004", StartFrom.after(NUMBER)),
                new ShardSplit(
                        "shardId-000000000005", new StartFrom(StartFrom.Type.AT_SEQUENCE_NUMBER, NUMBER, null), true));
    }

    @ParameterizedTest
    @MethodSource("everyKindOfSplit")
    void aSplitIsReadAsItWasWritten(ShardSplit split) throws IOException {
        assertThat(splits.deserialize(splits.getVersion(), splits.serialize(split)))
                .isEqualTo(split);
    }

    @Test
    void theStateOfTheEnumeratorIsReadAsItWasWritten() throws IOException {
        EnumeratorState state = new EnumeratorState(
                Set.of("shardId-000000000000", "shardId-000000000001"),
                Set.of("shardId-000000000000"),
                everyKindOfSplit().toList());

        assertThat(states.deserialize(states.getVersion(), states.serialize(state)))
                .isEqualTo(state);
        EnumeratorState empty = new EnumeratorState(Set.of(), Set.of(), List.of());
        assertThat(states.deserialize(states.getVersion(), states.serialize(empty)))
                .isEqualTo(empty);
    }

    @Test
    void aVersionFromTheFutureIsRefused() throws IOException {
        byte[] split = splits.serialize(new ShardSplit("shardId-000000000000", StartFrom.latest()));
        assertThatThrownBy(() -> splits.deserialize(9, split)).hasMessage("split: version 9 (expected: 1)");
        assertThatThrownBy(() -> states.deserialize(9, new byte[0]))
                .hasMessage("enumerator state: version 9 (expected: 1)");
    }

    @Test
    void aPositionHasWhatItsTypeNeedsAndNothingElse() {
        assertThatThrownBy(() -> new StartFrom(StartFrom.Type.AT_TIMESTAMP, null, null))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new StartFrom(StartFrom.Type.AFTER_SEQUENCE_NUMBER, null, null))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new StartFrom(StartFrom.Type.LATEST, NUMBER, null))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
