package io.millrace.ingest.codec;

import io.millrace.protocol.shape.BodyFormat;
import io.millrace.protocol.shape.ShapeWriter;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.model.PutRecordRequest;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequest;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequestEntry;

/** Random requests in the forms that clients send. The same seed gives the same bytes. */
final class RandomInput {
    private static final String[] ALPHABETS = {
        "abcXYZ019-_.",
        "äöüßéñ§",
        "日本語キー",
        "😀🚀𝒳",
        "\"\\/\b\f\n\r\t\u0000\u001f\u007f",
        "\u0080\u07ff\u0800\ud7ff\ue000\uffff"
    };

    private final Random random;

    RandomInput(long seed) {
        this.random = new Random(seed);
    }

    PutRecordsRequest putRecords(int maxRecords, int maxDataBytes) {
        List<PutRecordsRequestEntry> entries = new ArrayList<>();
        int count = 1 + random.nextInt(maxRecords);
        for (int i = 0; i < count; i++) {
            entries.add(PutRecordsRequestEntry.builder()
                    .data(SdkBytes.fromByteArrayUnsafe(bytes(random.nextInt(maxDataBytes + 1))))
                    .partitionKey(key())
                    .explicitHashKey(random.nextInt(3) == 0 ? hashKey() : null)
                    .build());
        }
        return PutRecordsRequest.builder()
                .streamName(random.nextInt(8) == 0 ? null : "orders-" + random.nextInt(1000))
                .streamARN(random.nextInt(3) == 0 ? "arn:aws:kinesis:eu-west-1:123456789012:stream/orders" : null)
                .records(entries)
                .build();
    }

    PutRecordRequest putRecord(int maxDataBytes) {
        return PutRecordRequest.builder()
                .streamName(random.nextInt(8) == 0 ? null : "orders")
                .streamARN(random.nextInt(3) == 0 ? "arn:aws-cn:kinesis:cn-north-1:123456789012:stream/a.b_c-d" : null)
                .data(SdkBytes.fromByteArrayUnsafe(bytes(random.nextInt(maxDataBytes + 1))))
                .partitionKey(key())
                .explicitHashKey(random.nextInt(3) == 0 ? hashKey() : null)
                .sequenceNumberForOrdering(random.nextInt(3) == 0 ? new BigInteger(186, random).toString() : null)
                .build();
    }

    /** 1 to 256 UTF-16 units. */
    String key() {
        int limit = random.nextInt(10) == 0 ? 256 : 1 + random.nextInt(20);
        StringBuilder key = new StringBuilder();
        int kinds = 1 + random.nextInt(ALPHABETS.length);
        while (true) {
            String alphabet = ALPHABETS[random.nextInt(kinds)];
            int[] codePoints = alphabet.codePoints().toArray();
            int codePoint = codePoints[random.nextInt(codePoints.length)];
            if (key.length() + Character.charCount(codePoint) > limit) {
                return key.isEmpty() ? "k" : key.toString();
            }
            key.appendCodePoint(codePoint);
        }
    }

    private String hashKey() {
        return new BigInteger(128, random).shiftRight(random.nextInt(129)).toString();
    }

    byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    /** Writes a request as some client would: any order of members, with or without spaces, with or without escapes. */
    byte[] json(PutRecordsRequest request) {
        boolean spaces = random.nextBoolean();
        boolean escapes = random.nextBoolean();
        List<String> entries = new ArrayList<>();
        for (PutRecordsRequestEntry entry : request.records()) {
            List<String> members = new ArrayList<>();
            members.add(member("Data", base64(entry.data()), spaces));
            members.add(member("PartitionKey", quoted(entry.partitionKey(), escapes), spaces));
            if (entry.explicitHashKey() != null) {
                members.add(member("ExplicitHashKey", quoted(entry.explicitHashKey(), escapes), spaces));
            }
            entries.add(object(members, spaces));
        }
        List<String> members = streamRef(request.streamName(), request.streamARN(), spaces);
        members.add(member("Records", "[" + String.join(spaces ? ", " : ",", entries) + "]", spaces));
        return object(members, spaces).getBytes(StandardCharsets.UTF_8);
    }

    byte[] json(PutRecordRequest request) {
        boolean spaces = random.nextBoolean();
        boolean escapes = random.nextBoolean();
        List<String> members = streamRef(request.streamName(), request.streamARN(), spaces);
        members.add(member("Data", base64(request.data()), spaces));
        members.add(member("PartitionKey", quoted(request.partitionKey(), escapes), spaces));
        if (request.explicitHashKey() != null) {
            members.add(member("ExplicitHashKey", quoted(request.explicitHashKey(), escapes), spaces));
        }
        if (request.sequenceNumberForOrdering() != null) {
            members.add(
                    member("SequenceNumberForOrdering", quoted(request.sequenceNumberForOrdering(), escapes), spaces));
        }
        return object(members, spaces).getBytes(StandardCharsets.UTF_8);
    }

    private static List<String> streamRef(String name, String arn, boolean spaces) {
        List<String> members = new ArrayList<>();
        if (name != null) {
            members.add(member("StreamName", quoted(name, false), spaces));
        }
        if (arn != null) {
            members.add(member("StreamARN", quoted(arn, false), spaces));
        }
        return members;
    }

    private String object(List<String> members, boolean spaces) {
        Collections.shuffle(members, random);
        return "{" + String.join(spaces ? ", " : ",", members) + "}";
    }

    private static String member(String name, String value, boolean spaces) {
        return '"' + name + "\":" + (spaces ? " " : "") + value;
    }

    private static String base64(SdkBytes data) {
        return '"' + Base64.getEncoder().encodeToString(data.asByteArrayUnsafe()) + '"';
    }

    /** Escapes as JSON asks, and everything beyond ASCII too if wished, as boto3 does. */
    static String quoted(String text, boolean allEscapes) {
        StringBuilder quoted = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                quoted.append('\\').append(c);
            } else if (c == '\n') {
                quoted.append("\\n");
            } else if (c < ' ' || (allEscapes && c > '~')) {
                quoted.append("\\u%04x".formatted((int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }

    byte[] body(PutRecordsRequest request, BodyFormat format) {
        return format == BodyFormat.CBOR ? ShapeWriter.write(request, format) : json(request);
    }

    byte[] body(PutRecordRequest request, BodyFormat format) {
        return format == BodyFormat.CBOR ? ShapeWriter.write(request, format) : json(request);
    }

    /** Returns a copy with one byte changed, put in or taken out, or cut off. */
    byte[] mutated(byte[] body) {
        int at = random.nextInt(body.length);
        return switch (random.nextInt(6)) {
            case 0 -> changed(body, at, (byte) (body[at] ^ 1 << random.nextInt(8)));
            case 1 -> changed(body, at, (byte) random.nextInt(256));
            case 2 -> changed(body, at, (byte) "\"\\{}[],: =+/0Az\u0000".charAt(random.nextInt(16)));
            case 3 -> spliced(body, at, at + 1 + random.nextInt(Math.min(8, body.length - at)), new byte[0]);
            case 4 -> spliced(body, at, at, bytes(1 + random.nextInt(3)));
            default -> {
                int from = random.nextInt(body.length);
                yield spliced(body, at, at, java.util.Arrays.copyOfRange(body, from, Math.min(body.length, from + 30)));
            }
        };
    }

    private static byte[] changed(byte[] body, int at, byte value) {
        byte[] changed = body.clone();
        changed[at] = value;
        return changed;
    }

    private static byte[] spliced(byte[] body, int from, int to, byte[] between) {
        byte[] spliced = new byte[body.length - (to - from) + between.length];
        System.arraycopy(body, 0, spliced, 0, from);
        System.arraycopy(between, 0, spliced, from, between.length);
        System.arraycopy(body, to, spliced, from + between.length, body.length - to);
        return spliced;
    }
}
