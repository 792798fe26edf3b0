package io.millrace.protocol.shape;

import java.io.ByteArrayOutputStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.dataformat.cbor.CBORFactory;

/**
 * How a body is written: AWS JSON 1.0 and 1.1, AWS CBOR 1.1 and the JSON of the REST services.
 *
 * <p>Nesting is limited to 32 levels and a string to 16 MiB (a 10 MiB record in base64), so that a hostile body costs
 * no more memory than its own length.
 */
public enum BodyFormat {
    JSON_1_0("application/x-amz-json-1.0", jsonFactory()),
    JSON_1_1("application/x-amz-json-1.1", jsonFactory()),
    REST_JSON("application/json", jsonFactory()),
    CBOR("application/x-amz-cbor-1.1", cborFactory());

    static final int MAX_DEPTH = 32;
    private static final int MAX_STRING_CHARS = 16 * 1024 * 1024;

    private final String contentType;
    private final TokenStreamFactory factory;

    BodyFormat(String contentType, TokenStreamFactory factory) {
        this.contentType = contentType;
        this.factory = factory;
    }

    /** Returns the format of an AWS content type; parameters such as a charset are ignored. */
    public static @Nullable BodyFormat ofContentType(@Nullable String contentType) {
        if (contentType == null) {
            return null;
        }
        int semicolon = contentType.indexOf(';');
        String bare = (semicolon < 0 ? contentType : contentType.substring(0, semicolon)).strip();
        for (BodyFormat format : values()) {
            if (format.contentType.equalsIgnoreCase(bare)) {
                return format;
            }
        }
        return null;
    }

    public String contentType() {
        return contentType;
    }

    /** Tells whether timestamps are whole milliseconds and blobs raw bytes. */
    boolean isBinary() {
        return this == CBOR;
    }

    JsonParser parser(byte[] body) {
        return factory.createParser(ObjectReadContext.empty(), body);
    }

    JsonGenerator generator(ByteArrayOutputStream out) {
        return factory.createGenerator(ObjectWriteContext.empty(), out);
    }

    private static StreamReadConstraints constraints() {
        return StreamReadConstraints.builder()
                .maxNestingDepth(MAX_DEPTH)
                .maxStringLength(MAX_STRING_CHARS)
                .build();
    }

    private static TokenStreamFactory jsonFactory() {
        return JsonFactory.builder().streamReadConstraints(constraints()).build();
    }

    private static TokenStreamFactory cborFactory() {
        return CBORFactory.builder().streamReadConstraints(constraints()).build();
    }
}
