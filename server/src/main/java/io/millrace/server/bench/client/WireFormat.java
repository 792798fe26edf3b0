package io.millrace.server.bench.client;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.cbor.CBORMapper;

/** How the bodies of calls are written: JSON 1.1 as most clients do, or CBOR as the Java SDK does. */
public enum WireFormat {
    JSON("application/x-amz-json-1.1", JsonMapper.shared(), "\"FailedRecordCount\":0".getBytes(US_ASCII)),
    CBOR("application/x-amz-cbor-1.1", CBORMapper.shared(), cborField("FailedRecordCount", 0));

    private final String contentType;
    private final ObjectMapper mapper;
    private final byte[] noneFailed;

    WireFormat(String contentType, ObjectMapper mapper, byte[] noneFailed) {
        this.contentType = contentType;
        this.mapper = mapper;
        this.noneFailed = noneFailed;
    }

    /** Returns the format of an option. @throws IllegalArgumentException if there is none of that name */
    public static WireFormat named(String name) {
        return switch (name) {
            case "json" -> JSON;
            case "cbor" -> CBOR;
            default ->
                throw new IllegalArgumentException(
                        String.format(Locale.ROOT, "--format: %s (expected: json or cbor)", name));
        };
    }

    public String contentType() {
        return contentType;
    }

    /** Returns a body; values are texts, numbers, byte arrays, lists and maps. */
    public byte[] write(Map<String, ?> body) {
        return mapper.writeValueAsBytes(body);
    }

    /** Tells whether an answer to PutRecords says that every record was taken. */
    boolean saysNoneFailed(byte[] bytes, int from, int to) {
        return ByteSearch.indexOf(bytes, from, to, noneFailed) >= 0;
    }

    private static byte[] cborField(String name, int smallNumber) {
        byte[] field = (" " + name + " ").getBytes(US_ASCII);
        field[0] = (byte) (0x60 + name.length());
        field[field.length - 1] = (byte) smallNumber;
        return field;
    }
}
