package io.millrace.video.streams;

import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the node knows of a stream. Immutable.
 *
 * @param id the stream's number in the fragment store; never used for another stream
 * @param version changes with the settings
 */
public record VideoStream(long id, StreamKey key, long createdEpochMillis, String version, Settings settings) {

    /**
     * What a client may choose.
     *
     * @param retentionHours zero keeps nothing on disk
     */
    public record Settings(
            int retentionHours,
            @Nullable String deviceName,
            @Nullable String mediaType,
            @Nullable String kmsKeyId,
            Map<String, String> tags) {
        public Settings {
            tags = Map.copyOf(tags);
        }
    }

    public String name() {
        return key.name();
    }

    public String arn() {
        return key.namespace()
                .arn("kinesisvideo", String.format(Locale.ROOT, "stream/%s/%d", name(), createdEpochMillis));
    }

    /** Tells whether fragments are kept on disk. */
    public boolean isPersistent() {
        return settings.retentionHours() > 0;
    }
}
