package io.millrace.ingest.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.durable.time.MovableClock;
import io.millrace.protocol.api.ServiceException;
import io.millrace.protocol.arn.Namespace;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hash keys, their ranges, sequence numbers and shard iterators. */
@Timeout(20)
class PositionsTest {
    private static final BigInteger LIMIT = BigInteger.ONE.shiftLeft(128);

    private final MovableClock clock = new MovableClock();
    private final ShardIterators iterators = new ShardIterators(new byte[32], clock);
    private final ShardIterators.Position position =
            new ShardIterators.Position(new StreamKey(Namespace.DEFAULT, "s".repeat(128)), 123, 7, 1L << 40);

    @Test
    void aHashKeyIsTheMd5OfThePartitionKeyAsAnUnsignedNumber() {
        assertThat(HashKey.ofPartitionKey("a".getBytes(StandardCharsets.UTF_8)).toString())
                .isEqualTo(new BigInteger("0cc175b9c0f1b6a831c399e269772661", 16).toString());
        assertThat(HashKey.ofPartitionKey("b".getBytes(StandardCharsets.UTF_8)).toString())
                .isEqualTo(new BigInteger("92eb5ffee6ae2fec3ad71c777531578f", 16).toString());
    }

    @Test
    void hashKeysAreComparedAsUnsignedNumbersAndKeepTheirDigits() {
        Random random = new Random(1);
        for (int i = 0; i < 2000; i++) {
            BigInteger a = new BigInteger(128, random).shiftRight(random.nextInt(128));
            BigInteger b = new BigInteger(128, random).shiftRight(random.nextInt(128));
            assertThat(HashKey.of(a).toBigInteger()).isEqualTo(a);
            assertThat(HashKey.parse(a.toString()).toString()).isEqualTo(a.toString());
            assertThat(Integer.signum(HashKey.of(a).compareTo(HashKey.of(b)))).isEqualTo(a.compareTo(b));
        }
        assertThat(HashKey.of(LIMIT.subtract(BigInteger.ONE))).isEqualTo(HashKey.MAX);
        assertThatThrownBy(() -> HashKey.of(LIMIT)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> HashKey.parse("-1")).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 1000})
    void theRangesOfAStreamCoverTheSpaceOnceWithoutAGap(int shards) {
        List<HashKeyRange> ranges = HashKeyRange.evenly(shards);

        assertThat(ranges).hasSize(shards);
        assertThat(ranges.get(0).start()).isEqualTo(HashKey.MIN);
        assertThat(ranges.get(shards - 1).end()).isEqualTo(HashKey.MAX);
        for (int i = 1; i < shards; i++) {
            assertThat(ranges.get(i).start().toBigInteger())
                    .isEqualTo(ranges.get(i - 1).end().toBigInteger().add(BigInteger.ONE));
        }
        HashKeyRange first = ranges.get(0);
        assertThat(first.contains(first.start())).isTrue();
        assertThat(first.contains(first.end())).isTrue();
        assertThat(shards > 1 && first.contains(ranges.get(1).start())).isFalse();
    }

    @Test
    void aSequenceNumberHasTheLayoutOfAwsAndIsReadBack() {
        SequenceNumber number = new SequenceNumber(0x5A5A5A5AL, 0x12, 0xABCDEF, 0x6B6B6B6BL);

        assertThat(number.toString())
                .isEqualTo(new BigInteger(
                                "20" + "5a5a5a5a" + "2" + "0000000000abcdef" + "000" + "6b6b6b6b" + "00000012" + "2",
                                16)
                        .toString())
                .hasSize(56);
        Random random = new Random(2);
        for (int i = 0; i < 2000; i++) {
            SequenceNumber any = new SequenceNumber(
                    random.nextInt() & 0xFFFF_FFFFL,
                    random.nextInt() >>> (1 + random.nextInt(31)),
                    random.nextLong() >>> (1 + random.nextInt(63)),
                    random.nextInt() & 0xFFFF_FFFFL);
            assertThat(SequenceNumber.parse(any.toString())).isEqualTo(any);
        }
    }

    @Test
    void sequenceNumbersGrowWithTheOffsetWhateverTheClockSays() {
        BigInteger earlier = new BigInteger(new SequenceNumber(1000, 3, 41, 2000).toString());
        BigInteger later = new BigInteger(new SequenceNumber(1000, 3, 42, 1000).toString());
        BigInteger ofChild = new BigInteger(new SequenceNumber(1001, 0, 0, 1000).toString());

        assertThat(later).isGreaterThan(earlier);
        assertThat(ofChild).isGreaterThan(later);
    }

    @Test
    void whatIsNoSequenceNumberOfOursIsRefused() {
        String valid = new SequenceNumber(1000, 3, 41, 2000).toString();
        assertThatThrownBy(() -> SequenceNumber.parse("")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> SequenceNumber.parse("-" + valid)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> SequenceNumber.parse("0" + valid)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> SequenceNumber.parse(valid + "0")).isInstanceOf(IllegalArgumentException.class);
        for (int bit = 0; bit < new BigInteger(valid).bitLength(); bit++) {
            String flipped = new BigInteger(valid).flipBit(bit).toString();
            try {
                assertThat(SequenceNumber.parse(flipped).toString()).isEqualTo(flipped);
            } catch (IllegalArgumentException e) {
                assertThat(e).isNotNull(); // the other good end: never another number than the one sent
            }
        }
    }

    @Test
    void anIteratorIsReadBackAndFitsTheLimitOfTheApi() {
        String iterator = iterators.seal(position);

        assertThat(iterators.open(iterator)).isEqualTo(position);
        assertThat(iterators.open('"' + iterator + '"')).isEqualTo(position);
        assertThat(iterator).hasSizeLessThanOrEqualTo(512).isNotEqualTo(iterators.seal(position));
        assertThat(Base64.getDecoder().decode(iterator)).startsWith(0, 0, 0, 0, 0, 0, 0, 1);
    }

    @Test
    void anIteratorInWhichAnyBitWasChangedIsRefused() {
        byte[] bytes = Base64.getDecoder().decode(iterators.seal(position));
        for (int bit = 0; bit < bytes.length * 8; bit++) {
            byte[] forged = bytes.clone();
            forged[bit / 8] ^= (byte) (1 << (bit % 8));
            assertRefused(Base64.getEncoder().encodeToString(forged), "InvalidArgumentException");
        }
        for (int length = 0; length < bytes.length; length++) {
            assertRefused(
                    Base64.getEncoder().encodeToString(java.util.Arrays.copyOf(bytes, length)),
                    "InvalidArgumentException");
        }
        byte[] otherKey = new byte[32];
        otherKey[0] = 1;
        assertRefused(new ShardIterators(otherKey, clock).seal(position), "InvalidArgumentException");
        assertRefused("not base64", "InvalidArgumentException");
        assertRefused("\"", "InvalidArgumentException");
    }

    @Test
    void anIteratorLivesForFiveMinutes() {
        String iterator = iterators.seal(position);
        clock.move(Duration.ofMinutes(5));
        assertThat(iterators.open(iterator)).isEqualTo(position);
        clock.move(Duration.ofMillis(1));
        assertRefused(iterator, "ExpiredIteratorException");
    }

    @Test
    void anExpiredIteratorTellsItsTimeAndNowInTheFormOfAws() {
        clock.move(Duration.ofMillis(Instant.parse("2015-01-22T01:22:02Z").toEpochMilli() - clock.millis()));
        String iterator = iterators.seal(position);
        clock.move(Duration.ofMinutes(6));
        assertThatThrownBy(() -> iterators.open(iterator))
                .hasMessage(
                        "Iterator expired. The iterator was created at time Thu Jan 22 01:22:02 UTC 2015 while right"
                                + " now it is Thu Jan 22 01:28:02 UTC 2015 which is further in the future than the tolerated delay"
                                + " of 300000 milliseconds.");
    }

    @Test
    void anyNumberOfTheLayoutThatIsNotFromTheFutureMayStandBeforeRecordsToCome() {
        long now = Instant.parse("2026-01-01T00:00:00Z").toEpochMilli();
        String second = Long.toHexString(now / 1000);
        String later = Long.toHexString(now / 1000 + 2);
        for (String right : List.of(
                "2ffffffffff7fffffffffffffff000000000007fffffff2",
                "20000000000000000000000000000000000000000000002",
                "20000000000000000000000000000000000000000000001",
                "2ffffffffff7fffffff7fffffff000" + second + "7fffffff2",
                "20000000000000000000000000000000000000800000002")) {
            assertThat(SequenceNumber.isPlausible(new BigInteger(right, 16).toString(), now))
                    .as(right)
                    .isTrue();
        }
        for (String wrong : List.of(
                "0",
                "5",
                "20000000000000000000000000000000000000000000000",
                "20000000000000000000000000000000000000000000004",
                "30000000000000000000000000000000000000000000001",
                "1ffffffffff7fffffffffffffff000000000007fffffff2",
                "20000000000800000000000000000000000000000000002",
                "200000000000000000000000000000" + later + "000000002",
                "13bb2cc3d80000000000000000000000",
                "f".repeat(107))) {
            assertThat(SequenceNumber.isPlausible(new BigInteger(wrong, 16).toString(), now))
                    .as(wrong)
                    .isFalse();
        }
    }

    private void assertRefused(String iterator, String code) {
        assertThatThrownBy(() -> iterators.open(iterator))
                .as(iterator)
                .isInstanceOfSatisfying(
                        ServiceException.class, e -> assertThat(e.code()).isEqualTo(code));
    }
}
