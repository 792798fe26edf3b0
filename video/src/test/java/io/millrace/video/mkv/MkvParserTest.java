package io.millrace.video.mkv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(20)
class MkvParserTest {
    private static final byte[] SAMPLE = sample();
    private static final int FIRST_CLUSTER = 438;

    private record Seen(byte[] head, long timecodeMillis, int durationMillis, byte[] payload) {
        String summary() {
            return "%d+%d %d/%d"
                    .formatted(timecodeMillis, durationMillis, Arrays.hashCode(head), Arrays.hashCode(payload));
        }
    }

    private final List<Long> started = new ArrayList<>();
    private final List<Seen> fragments = new ArrayList<>();
    private final MkvParser parser = new MkvParser(new FragmentListener() {
        @Override
        public void onFragmentStart(long timecodeMillis) {
            started.add(timecodeMillis);
        }

        @Override
        public void onFragment(MkvFragment fragment) {
            byte[] payload = new byte[fragment.payloadBytes()];
            ByteBuffer target = ByteBuffer.wrap(payload);
            fragment.payload().forEach(piece -> target.put(piece.duplicate()));
            fragments.add(
                    new Seen(fragment.head().bytes(), fragment.timecodeMillis(), fragment.durationMillis(), payload));
        }
    });

    static LongStream seeds() {
        return LongStream.range(0, 60);
    }

    @Test
    void theSampleIsTenFragmentsOfOneSecondWhoseBytesAreTheClustersAsSent() throws MalformedMkvException {
        parser.feed(ByteBuffer.wrap(SAMPLE));
        parser.end();

        assertThat(started).containsExactly(0L, 1000L, 2000L, 3000L, 4000L, 5000L, 6000L, 7000L, 8000L, 9000L);
        assertThat(fragments).hasSize(10).allSatisfy(fragment -> {
            assertThat(fragment.durationMillis()).isBetween(999, 1001);
            assertThat(fragment.head()).isEqualTo(Arrays.copyOf(SAMPLE, FIRST_CLUSTER));
        });
        assertThat(joined()).isEqualTo(Arrays.copyOfRange(SAMPLE, FIRST_CLUSTER, SAMPLE.length));
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void theFragmentsDoNotDependOnHowTheStreamIsCut(long seed) throws MalformedMkvException {
        parser.feed(ByteBuffer.wrap(SAMPLE));
        List<String> whole = summaries();
        fragments.clear();

        MkvParser other = new MkvParser(listenerInto(fragments));
        Random random = new Random(seed);
        int largest = 1 << random.nextInt(16);
        for (int at = 0; at < SAMPLE.length; ) {
            int count = Math.min(1 + random.nextInt(largest), SAMPLE.length - at);
            other.feed(ByteBuffer.wrap(SAMPLE, at, count));
            at += count;
        }
        other.end();

        assertThat(summaries()).isEqualTo(whole);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void damagedAndTruncatedStreamsFailInNoOtherWayThanAsMalformed(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 40; round++) {
            byte[] damaged = Arrays.copyOf(SAMPLE, 1 + random.nextInt(SAMPLE.length));
            int flips = random.nextInt(20);
            for (int i = 0; i < flips; i++) {
                int within = random.nextBoolean() ? damaged.length : Math.min(damaged.length, 600);
                damaged[random.nextInt(within)] ^= (byte) (1 << random.nextInt(8));
            }
            MkvParser fresh = new MkvParser(listenerInto(new ArrayList<>()));
            try {
                for (int at = 0; at < damaged.length; at += 1000) {
                    fresh.feed(ByteBuffer.wrap(damaged, at, Math.min(1000, damaged.length - at)));
                }
                fresh.end();
            } catch (MalformedMkvException expected) {
                assertThat(expected.kind()).isNotNull();
            }
            assertThat(fresh.heldBytes()).isLessThan(MkvParser.MAX_FRAGMENT_BYTES);
        }
    }

    @Test
    void clustersOfUnknownSizeEndWithTheNextElementAndWithTheStream() throws MalformedMkvException {
        byte[] first = unknownSizeCluster(100, "one");
        byte[] second = unknownSizeCluster(200, "two");
        feed(head(), first, second);
        assertThat(fragments).hasSize(1);
        parser.end();

        assertThat(fragments).extracting(Seen::payload).containsExactly(first, second);
        assertThat(started).containsExactly(100L, 200L);
    }

    @Test
    void theEndOfFragmentTagEndsAClusterAndIsNotKeptWhereOtherTagsGoWithTheNextFragment() throws MalformedMkvException {
        byte[] first = unknownSizeCluster(1, "one");
        byte[] second = unknownSizeCluster(2, "two");
        byte[] endTag = MkvTags.write(Map.of(MkvParser.END_OF_FRAGMENT, ""));
        byte[] userTag = MkvTags.write(Map.of("door", "open"));
        feed(head(), first, endTag);
        assertThat(fragments).extracting(Seen::payload).containsExactly(first);

        feed(userTag, second, endTag);
        assertThat(fragments.get(1).payload()).isEqualTo(concat(userTag, second));
    }

    @Test
    void aHeadSentAgainBeginsANewHead() throws MalformedMkvException {
        byte[] cluster = unknownSizeCluster(1, "one");
        feed(head(), cluster, SAMPLE);
        parser.end();

        assertThat(fragments).hasSize(11);
        assertThat(fragments.get(0).head()).isEqualTo(head());
        assertThat(fragments.get(1).head()).isEqualTo(Arrays.copyOf(SAMPLE, FIRST_CLUSTER));
    }

    @Test
    void aSegmentOfKnownSizeIsReadToItsEndAndItsHeadSaysUnknown() throws MalformedMkvException {
        byte[] tracks = element(ElementId.TRACKS, new byte[0]);
        byte[] cluster = element(ElementId.CLUSTER, clusterBody(7, "x"));
        byte[] ebml = element(ElementId.EBML, new byte[0]);
        feed(ebml, element(ElementId.SEGMENT, concat(tracks, cluster)));
        feed(ebml, element(ElementId.SEGMENT, concat(tracks, cluster)));
        parser.end();

        assertThat(fragments).hasSize(2).allSatisfy(fragment -> {
            assertThat(fragment.payload()).isEqualTo(cluster);
            assertThat(fragment.head()).isEqualTo(head());
            assertThat(fragment.durationMillis()).isEqualTo(1);
        });
    }

    @Test
    void theDurationOfABlockGroupCounts() throws MalformedMkvException {
        byte[] group = element(
                ElementId.BLOCK_GROUP,
                concat(
                        element(ElementId.BLOCK, new byte[] {(byte) 0x81, 0, 10, 0, 1, 2, 3}),
                        element(ElementId.BLOCK_DURATION, new byte[] {40})));
        byte[] body = concat(element(ElementId.TIMESTAMP, new byte[] {5}), group);
        feed(head(), element(ElementId.CLUSTER, body));

        assertThat(fragments).extracting(Seen::durationMillis).containsExactly(40);
    }

    @Test
    void aFragmentAboveFiftyMebibytesIsRefusedBeforeItIsHeld() throws MalformedMkvException {
        feed(head(), unknownSizeCluster(1, ""));
        byte[] announced = new byte[] {(byte) 0xA3, 0x13, 0x20, 0x00, 0x01};

        assertThatThrownBy(() -> feed(announced))
                .isInstanceOfSatisfying(
                        MalformedMkvException.class,
                        e -> assertThat(e.kind()).isEqualTo(MalformedMkvException.Kind.FRAGMENT_TOO_LARGE));
    }

    @Test
    void whatIsNoMatroskaIsRefused() {
        assertThatThrownBy(() -> feed("GET / HTTP/1.1\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII)))
                .isInstanceOf(MalformedMkvException.class);
    }

    private void feed(byte[]... parts) throws MalformedMkvException {
        for (byte[] part : parts) {
            parser.feed(ByteBuffer.wrap(part));
        }
    }

    private List<String> summaries() {
        return fragments.stream().map(Seen::summary).toList();
    }

    private byte[] joined() {
        return concat(fragments.stream().map(Seen::payload).toArray(byte[][]::new));
    }

    private static FragmentListener listenerInto(List<Seen> target) {
        return new FragmentListener() {
            @Override
            public void onFragmentStart(long timecodeMillis) {}

            @Override
            public void onFragment(MkvFragment fragment) {
                byte[] payload = new byte[fragment.payloadBytes()];
                ByteBuffer into = ByteBuffer.wrap(payload);
                fragment.payload().forEach(piece -> into.put(piece.duplicate()));
                target.add(new Seen(
                        fragment.head().bytes(), fragment.timecodeMillis(), fragment.durationMillis(), payload));
            }
        };
    }

    private static byte[] head() {
        byte[] segment = {0x18, 0x53, (byte) 0x80, 0x67, 0x1F, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF};
        return concat(element(ElementId.EBML, new byte[0]), segment, element(ElementId.TRACKS, new byte[0]));
    }

    private static byte[] unknownSizeCluster(int timecode, String data) {
        return concat(new byte[] {0x1F, 0x43, (byte) 0xB6, 0x75, (byte) 0xFF}, clusterBody(timecode, data));
    }

    private static byte[] clusterBody(int timecode, String data) {
        byte[] block =
                concat(new byte[] {(byte) 0x81, 0, 0, 0}, data.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        return concat(
                element(ElementId.TIMESTAMP, new byte[] {(byte) timecode}), element(ElementId.SIMPLE_BLOCK, block));
    }

    /** Writes an element with its size in four bytes. */
    private static byte[] element(long id, byte[] body) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int shift = 24; shift >= 0; shift -= 8) {
            if (id >>> shift != 0) {
                out.write((int) (id >>> shift));
            }
        }
        out.writeBytes(ByteBuffer.allocate(4).putInt(0x10000000 | body.length).array());
        out.writeBytes(body);
        return out.toByteArray();
    }

    private static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    private static byte[] sample() {
        try (InputStream in = MkvParserTest.class.getResourceAsStream("/sample.mkv")) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
