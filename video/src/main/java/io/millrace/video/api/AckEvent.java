package io.millrace.video.api;

import io.millrace.video.fragments.FragmentNumber;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** The lines by which a producer is told what became of its fragments: one JSON object each. */
final class AckEvent {

    /** Why a producer's stream ends early, with the numbers of the service model. */
    enum Failure {
        MAX_FRAGMENT_SIZE_REACHED(4001),
        INVALID_MKV_DATA(4006),
        STREAM_DELETED(4507),
        ARCHIVAL_ERROR(5001);

        private final int id;

        Failure(int id) {
            this.id = id;
        }
    }

    private AckEvent() {}

    /** @param type BUFFERING, RECEIVED or PERSISTED */
    static byte[] of(String type, long timecodeMillis, long number) {
        return line(String.format(
                Locale.ROOT,
                "{\"EventType\":\"%s\",\"FragmentTimecode\":%d,\"FragmentNumber\":\"%s\"}",
                type,
                timecodeMillis,
                FragmentNumber.format(number)));
    }

    static byte[] error(Failure failure) {
        return line(String.format(
                Locale.ROOT, "{\"EventType\":\"ERROR\",\"ErrorId\":%d,\"ErrorCode\":\"%s\"}", failure.id, failure));
    }

    /** An error that concerns one fragment. */
    static byte[] error(Failure failure, long timecodeMillis, long number) {
        return line(String.format(
                Locale.ROOT,
                "{\"EventType\":\"ERROR\",\"FragmentTimecode\":%d,\"FragmentNumber\":\"%s\",\"ErrorId\":%d,\"ErrorCode\":\"%s\"}",
                timecodeMillis,
                FragmentNumber.format(number),
                failure.id,
                failure));
    }

    private static byte[] line(String json) {
        return (json + "\r\n").getBytes(StandardCharsets.UTF_8);
    }
}
