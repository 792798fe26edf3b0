package io.millrace.video.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.durable.disk.DiskGuard;
import io.millrace.durable.memory.MemoryPlan;
import io.millrace.durable.time.ExpiryClock;
import io.millrace.protocol.api.ServiceException;
import io.millrace.protocol.arn.Namespace;
import io.millrace.video.fragments.FragmentHead;
import io.millrace.video.fragments.FragmentSettings;
import io.millrace.video.fragments.FragmentTime;
import io.millrace.video.fragments.NewFragment;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(20)
class VideoStreamsTest {
    private static final int DAMAGED = 4;

    @TempDir
    Path directory;

    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private Duration passed = Duration.ZERO;
    private VideoStreams streams;

    @BeforeEach
    void open() throws IOException {
        InstantSource clock = () -> now;
        ExpiryClock expiry = ExpiryClock.open(directory.resolve("expiry-clock"), clock, () -> passed.toMillis());
        streams = VideoStreams.open(
                directory, DiskGuard.of(directory), FragmentSettings.of(MemoryPlan.ofThisProcess()), clock, expiry);
    }

    private void pass(Duration time) {
        now = now.plus(time);
        passed = passed.plus(time);
    }

    @AfterEach
    void close() throws IOException {
        streams.close();
    }

    private VideoStream create(String name) {
        return streams.create(
                new StreamKey(Namespace.DEFAULT, name), new VideoStream.Settings(1, null, null, null, Map.of()));
    }

    private void put(VideoStream stream) throws Exception {
        NewFragment fragment = new NewFragment(
                streams.fragments().nextNumber(),
                new FragmentTime(now.toEpochMilli(), now.toEpochMilli(), 10),
                new FragmentHead(new byte[] {1}),
                List.of(ByteBuffer.allocate(100)));
        streams.fragments().append(stream.id(), fragment).get(5, TimeUnit.SECONDS);
    }

    private long kept(VideoStream stream) {
        return streams.fragments()
                .index(stream.id())
                .map(index -> index.end() - index.first())
                .orElse(0L);
    }

    @Test
    void aStreamThatTookTheNameMeanwhileIsNotDeleted() {
        VideoStream first = create("door");
        streams.delete(first, null);
        VideoStream second = create("door");

        assertThatThrownBy(() -> streams.delete(first, null))
                .isInstanceOfSatisfying(
                        ServiceException.class, e -> assertThat(e.code()).isEqualTo("ResourceNotFoundException"));
        assertThat(streams.get(second.key())).isEqualTo(second);
    }

    @Test
    void aClockThatIsSetForwardDeletesNothingNotEvenOverAStart() throws Exception {
        VideoStream stream = create("door");
        put(stream);
        now = now.plus(Duration.ofHours(25));
        streams.expire();
        passed = passed.plusSeconds(70);
        streams.expire();
        assertThat(kept(stream)).isEqualTo(1);

        close();
        open();
        streams.expire();
        assertThat(kept(stream)).isEqualTo(1);

        now = now.minus(Duration.ofHours(25));
        pass(Duration.ofHours(2));
        streams.expire();
        assertThat(kept(stream)).isZero();
    }

    @Test
    void aDamagedDescriptionLosesNoFragmentsAndKeepsNoOtherStreamFromBeingServed() throws Exception {
        VideoStream damaged = create("damaged");
        VideoStream whole = create("whole");
        put(damaged);
        put(whole);
        Path document = directory.resolve("streams/000000000000.us-east-1.damaged.json");
        byte[] content = Files.readAllBytes(document);
        Files.write(document, Arrays.copyOf(content, content.length / 2));
        Files.writeString(directory.resolve("streams/next-id.json"), "");
        close();
        open();

        assertThat(kept(whole)).isEqualTo(1);
        assertThat(streams.damaged()).hasSize(2);
        assertThatThrownBy(() -> streams.get(damaged.key()))
                .isInstanceOfSatisfying(
                        ServiceException.class, e -> assertThat(e.code()).isEqualTo("InternalFailure"));
        assertThatThrownBy(() -> create("damaged")).isInstanceOf(ServiceException.class);
        assertThat(create("another").id()).isGreaterThan(whole.id());
        streams.delete(whole, null);
        close();

        Files.write(document, content);
        open();
        assertThat(kept(streams.get(damaged.key()))).isEqualTo(1);
    }

    @Test
    void aStreamWhoseIndexIsDamagedKeepsNoOtherFromForgetting() throws Exception {
        List<VideoStream> all = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            VideoStream stream = create("camera-" + i);
            put(stream);
            all.add(stream);
        }
        streams.fragments().maintain();
        try (Stream<Path> files = Files.list(
                directory.resolve("fragments/index/" + all.get(DAMAGED).id()))) {
            for (Path file : files.toList()) {
                byte[] content = Files.readAllBytes(file);
                content[content.length / 2] ^= 1;
                Files.write(file, content);
            }
        }
        pass(Duration.ofHours(2));

        assertThatThrownBy(streams::expire).isInstanceOf(IOException.class).hasMessageContaining("camera-" + DAMAGED);
        all.remove(DAMAGED);
        assertThat(all).allMatch(stream -> kept(stream) == 0);
    }
}
