package io.millrace.ingest.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Sequence numbers and hash keys in decimal digits, against BigInteger. */
@Timeout(20)
class DecimalTest {
    private static final BigInteger CHUNK = BigInteger.TEN.pow(18);
    private static final int ROUNDS = 2000;

    static LongStream seeds() {
        return LongStream.concat(
                LongStream.range(0, 20), ThreadLocalRandom.current().longs(5));
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void divisionIsThatOfBigInteger(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < ROUNDS; i++) {
            long high = edge(random, Decimal.CHUNK);
            long low = i % 3 == 0 ? -1 - random.nextInt(3) : random.nextLong() >>> random.nextInt(64);
            BigInteger number = unsigned(high).shiftLeft(64).or(unsigned(low));
            assertThat(unsigned(Decimal.divide(high, low)))
                    .as("%s, %s", high, low)
                    .isEqualTo(number.divide(CHUNK));
        }
        for (BigInteger quotient : List.of(
                BigInteger.ONE, BigInteger.TWO.pow(63), BigInteger.TWO.pow(64).subtract(BigInteger.ONE))) {
            for (int more = -1; more <= 1; more++) {
                BigInteger number = quotient.multiply(CHUNK).add(BigInteger.valueOf(more));
                assertThat(unsigned(Decimal.divide(number.shiftRight(64).longValue(), number.longValue())))
                        .isEqualTo(number.divide(CHUNK));
            }
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void sequenceNumbersHaveTheDigitsOfTheirHexadecimalLayout(long seed) {
        Random random = new Random(seed);
        byte[] target = new byte[SequenceNumber.DECIMAL_DIGITS + 4];
        for (int i = 0; i < ROUNDS; i++) {
            long created = edge(random, 1L << 32);
            int index = (int) edge(random, 1L << 31);
            long offset = edge(random, Long.MAX_VALUE);
            long arrival = edge(random, 1L << 32);
            String hex = "20%08x%x%016x000%08x%08x2".formatted(created, index & 0xF, offset, arrival, index);
            SequenceNumber number = new SequenceNumber(created, index, offset, arrival);

            assertThat(number.writeDecimal(target, 2)).isEqualTo(2 + SequenceNumber.DECIMAL_DIGITS);
            assertThat(new String(target, 2, SequenceNumber.DECIMAL_DIGITS, StandardCharsets.US_ASCII))
                    .isEqualTo(new BigInteger(hex, 16).toString())
                    .isEqualTo(number.toString());
            assertThat(new byte[] {target[0], target[1], target[target.length - 2], target[target.length - 1]})
                    .containsOnly(0);
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void numbersOfARunHaveTheDigitsThatTheyHaveAlone(long seed) {
        Random random = new Random(seed);
        SequenceNumberRun run = new SequenceNumberRun();
        byte[] target = new byte[SequenceNumber.DECIMAL_DIGITS + 2];
        SequenceNumber number = new SequenceNumber(1, 1, 1, 1);
        for (int i = 0; i < ROUNDS; i++) {
            SequenceNumber last = number;
            number = random.nextInt(50) > 0
                    ? new SequenceNumber(
                            last.shardCreatedSecond(), last.shardIndex(), last.position() + 1, last.arrivalSecond())
                    : switch (random.nextInt(4)) {
                        case 0 ->
                            new SequenceNumber(
                                    last.shardCreatedSecond(),
                                    last.shardIndex(),
                                    last.position() + 1,
                                    edge(random, 1L << 32));
                        case 1 ->
                            new SequenceNumber(
                                    last.shardCreatedSecond(),
                                    (int) edge(random, 1L << 31),
                                    last.position() + 1,
                                    last.arrivalSecond());
                        case 2 ->
                            new SequenceNumber(
                                    edge(random, 1L << 32),
                                    last.shardIndex(),
                                    last.position() + 1,
                                    last.arrivalSecond());
                        default ->
                            new SequenceNumber(
                                    edge(random, 1L << 32),
                                    (int) edge(random, 1L << 31),
                                    edge(random, Long.MAX_VALUE - ROUNDS),
                                    edge(random, 1L << 32));
                    };

            assertThat(run.writeDecimal(number, target, 1)).isEqualTo(1 + SequenceNumber.DECIMAL_DIGITS);
            assertThat(new String(target, 1, SequenceNumber.DECIMAL_DIGITS, StandardCharsets.US_ASCII))
                    .isEqualTo(number.toString());
            assertThat(new byte[] {target[0], target[target.length - 1]}).containsOnly(0);
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void hashKeysAreWrittenAndReadAsBigIntegerDoes(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < ROUNDS; i++) {
            BigInteger number = new BigInteger(128, random).shiftRight(random.nextInt(129));
            HashKey key = HashKey.of(number);
            assertThat(key.toString()).isEqualTo(number.toString());
            assertThat(HashKey.parse(number.toString())).isEqualTo(key);
            assertThat(HashKey.parse("0".repeat(random.nextInt(6)) + number)).isEqualTo(key);
        }
    }

    @Test
    void hashKeysEndAtTwoToThePowerOf128() {
        BigInteger limit = BigInteger.ONE.shiftLeft(128);
        List<BigInteger> tooLarge = new ArrayList<>(List.of(limit, limit.add(BigInteger.ONE), BigInteger.TEN.pow(39)));
        tooLarge.add(BigInteger.TEN.pow(39).subtract(BigInteger.ONE));
        tooLarge.add(BigInteger.valueOf(19).shiftLeft(64).multiply(CHUNK));
        tooLarge.add(BigInteger.ONE.shiftLeft(129));
        for (int i = 0; i < 39; i++) {
            tooLarge.add(limit.add(BigInteger.TEN.pow(i)));
            HashKey below = HashKey.of(limit.subtract(BigInteger.TEN.pow(i)));
            assertThat(HashKey.parse(below.toString())).isEqualTo(below);
        }
        for (BigInteger number : tooLarge) {
            assertThatThrownBy(() -> HashKey.parse(number.toString()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("expected: 0 to 2^128-1");
        }
        for (String text : List.of("", "x", "1x", "-", "-1", " 1", "1 ")) {
            assertThatThrownBy(() -> HashKey.parse(text)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(HashKey.parse("+7")).isEqualTo(new HashKey(0, 7)); // as ever
    }

    @Test
    void aKeyIsHashedWhereItLies() throws Exception {
        Random random = new Random(3);
        byte[] array = new byte[400];
        random.nextBytes(array);
        for (int i = 0; i < 200; i++) {
            int from = random.nextInt(100);
            int length = random.nextInt(300);
            MessageDigest md5 = MessageDigest.getInstance("MD5");
            md5.update(array, from, length);
            assertThat(HashKey.ofPartitionKey(array, from, length).toBigInteger())
                    .isEqualTo(new BigInteger(1, md5.digest()));
        }
    }

    /** Returns a number from 0 to below a limit, often near one of its ends. */
    private static long edge(Random random, long limit) {
        return switch (random.nextInt(4)) {
            case 0 -> random.nextInt(3);
            case 1 -> limit - 1 - random.nextInt(3);
            default -> (random.nextLong() >>> (1 + random.nextInt(63))) % limit;
        };
    }

    private static BigInteger unsigned(long bits) {
        return new BigInteger(Long.toUnsignedString(bits));
    }
}
