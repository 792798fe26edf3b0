package io.millrace.video.mkv;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** The {@code Tags} element: names and values beside the media. Stateless. */
public final class MkvTags {
    private static final int SIZE_MARKER = 0x10000000;

    private MkvTags() {}

    /** Writes a {@code Tags} element with one tag a pair, sizes in four bytes as AWS writes them. */
    public static byte[] write(Map<String, String> tags) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        tags.forEach((name, value) -> {
            ByteArrayOutputStream simpleTag = new ByteArrayOutputStream();
            append(simpleTag, ElementId.TAG_NAME, name.getBytes(StandardCharsets.UTF_8));
            append(simpleTag, ElementId.TAG_STRING, value.getBytes(StandardCharsets.UTF_8));
            ByteArrayOutputStream tag = new ByteArrayOutputStream();
            append(tag, ElementId.SIMPLE_TAG, simpleTag.toByteArray());
            append(body, ElementId.TAG, tag.toByteArray());
        });
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        append(whole, ElementId.TAGS, body.toByteArray());
        return whole.toByteArray();
    }

    /** Reads the body of a {@code Tags} element; a name that occurs twice keeps its last value. */
    static Map<String, String> read(byte[] body) throws MalformedMkvException {
        Map<String, String> tags = new LinkedHashMap<>();
        for (Element tag : Element.childrenOf(body)) {
            if (tag.id() == ElementId.TAG) {
                for (Element simpleTag : Element.childrenOf(tag.body())) {
                    if (simpleTag.id() == ElementId.SIMPLE_TAG) {
                        readSimpleTag(simpleTag.body(), tags);
                    }
                }
            }
        }
        return tags;
    }

    private static void readSimpleTag(byte[] body, Map<String, String> tags) throws MalformedMkvException {
        String name = "";
        String value = "";
        for (Element child : Element.childrenOf(body)) {
            if (child.id() == ElementId.TAG_NAME) {
                name = child.text();
            } else if (child.id() == ElementId.TAG_STRING) {
                value = child.text();
            }
        }
        tags.put(name, value);
    }

    private static void append(ByteArrayOutputStream out, long id, byte[] body) {
        for (int shift = 24; shift >= 0; shift -= 8) {
            if (id >>> shift != 0) {
                out.write((int) (id >>> shift));
            }
        }
        int size = SIZE_MARKER | body.length;
        for (int shift = 24; shift >= 0; shift -= 8) {
            out.write(size >>> shift);
        }
        out.writeBytes(body);
    }
}
