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
        a.hold(99, 0);
        a.askForMore();
        share("b").askForMore();

        assertThat(asked).containsExactly("a", "b");
    }

    @Test
    void aboveTheLimitNobodyIsAskedAsLongAsTheDiskHasFragmentsToTake() {
        IngestMemory.Share a = share("a");
        a.hold(10, 100);
        a.askForMore();
        a.fragmentFinished();
        assertThat(asked).isEmpty();

        a.hold(10, 80);
        assertThat(asked).containsExactly("a");
    }

    @Test
    void whenUnfinishedFragmentsHoldEverythingOneGoesOnUntilItsFragmentIsFinishedAndStored() {
        IngestMemory.Share a = share("a");
        IngestMemory.Share b = share("b");
        a.hold(60, 0);
        b.hold(60, 0);
        a.askForMore();
        b.askForMore();
        assertThat(asked).containsExactly("a");

        a.hold(80, 0);
        a.askForMore();
        assertThat(asked).containsExactly("a", "a");

        a.hold(0, 90);
        a.fragmentFinished();
        a.askForMore();
        assertThat(asked).containsExactly("a", "a");

        b.hold(110, 0);
        a.hold(0, 0);
        assertThat(asked).containsExactly("a", "a", "b");
    }

    @Test
    void aProducerThatGoesLetsOthersGoOn() {
        IngestMemory.Share a = share("a");
        IngestMemory.Share b = share("b");
        a.hold(150, 0);
        a.askForMore();
        b.askForMore();
        assertThat(asked).containsExactly("a");

        a.close();
        assertThat(asked).containsExactly("a", "b");
        assertThat(memory.heldBytes()).isZero();
    }

    private IngestMemory.Share share(String name) {
        return memory.open(() -> asked.add(name));
    }
}
