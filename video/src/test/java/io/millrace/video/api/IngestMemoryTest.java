package io.millrace.video.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class IngestMemoryTest {
    private final IngestMemory memory = new IngestMemory(100);
    private final List<String> asked = new ArrayList<>();

    @Test
    void belowTheLimitEverybodyIsAskedAtOnce() {
        IngestMemory.Share a = share("a");
        a.hold(99);
        a.askForMore();
        share("b").askForMore();

        assertThat(asked).containsExactly("a", "b");
    }

    @Test
    void aboveTheLimitOneGoesOnUntilItsFragmentIsFinishedAndTheOthersWait() {
        IngestMemory.Share a = share("a");
        IngestMemory.Share b = share("b");
        a.hold(60);
        b.hold(60);
        a.askForMore();
        b.askForMore();
        assertThat(asked).containsExactly("a");

        a.hold(80);
        a.askForMore();
        assertThat(asked).containsExactly("a", "a");

        a.fragmentFinished();
        assertThat(asked).containsExactly("a", "a", "b");
    }

    @Test
    void whoWaitsGoesOnWhenTheDiskHasTakenFragmentsOverOrAProducerHasGone() {
        IngestMemory.Share a = share("a");
        IngestMemory.Share b = share("b");
        IngestMemory.Share c = share("c");
        a.hold(150);
        a.askForMore();
        b.askForMore();
        c.askForMore();
        asked.clear();
        a.hold(40);
        assertThat(asked).containsExactly("b", "c");

        b.hold(90);
        c.askForMore();
        b.close();
        assertThat(memory.heldBytes()).isEqualTo(40);
    }

    private IngestMemory.Share share(String name) {
        return memory.open(() -> asked.add(name));
    }
}
