package io.millrace.video.api;

import io.millrace.protocol.arn.Arn;
import io.millrace.protocol.arn.Namespace;
import io.millrace.video.streams.StreamKey;
import io.millrace.video.streams.VideoErrors;
import io.millrace.video.streams.VideoStream;
import io.millrace.video.streams.VideoStreams;
import org.jspecify.annotations.Nullable;

/** Finds the stream a call speaks of, by name or by ARN. Stateless. */
final class StreamRefs {
    private static final String RESOURCE_PREFIX = "stream/";

    private final VideoStreams streams;

    StreamRefs(VideoStreams streams) {
        this.streams = streams;
    }

    /** @throws io.millrace.protocol.api.ServiceException if there is no such stream */
    VideoStream stream(@Nullable String name, @Nullable String arn, Namespace namespace) {
        if (arn != null) {
            if (name != null) {
                throw VideoErrors.invalidArgument("StreamName and StreamARN must not both be specified.");
            }
            return byArn(arn);
        }
        if (name == null) {
            throw VideoErrors.invalidArgument("Either StreamName or StreamARN must be specified.");
        }
        return streams.get(new StreamKey(namespace, name));
    }

    private VideoStream byArn(String text) {
        Arn arn = Arn.parse(text)
                .filter(a -> a.service().equals("kinesisvideo") && a.resource().startsWith(RESOURCE_PREFIX))
                .orElseThrow(() -> VideoErrors.invalidArgument("StreamARN %s is not valid.".formatted(text)));
        String resource = arn.resource().substring(RESOURCE_PREFIX.length());
        int slash = resource.indexOf('/');
        StreamKey key = new StreamKey(arn.namespace(), slash < 0 ? resource : resource.substring(0, slash));
        // The time of creation is part of the ARN: that of a deleted stream does not name its successor.
        return streams.find(key)
                .filter(stream -> stream.arn().equals(text))
                .orElseThrow(() -> VideoErrors.streamNotFound(key));
    }
}
