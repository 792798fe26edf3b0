package io.millrace.video;

import java.util.Map;

/** One chunk of a GetMedia answer, taken apart. */
record Chunk(byte[] head, Map<String, String> tags, byte[] cluster) {
    String number() {
        return tags.get("AWS_KINESISVIDEO_FRAGMENT_NUMBER");
    }

    byte[] whole() {
        return Clients.concat(java.util.List.of(head, cluster));
    }
}
