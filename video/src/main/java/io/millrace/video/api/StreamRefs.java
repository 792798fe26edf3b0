package io.millrace.video.api;

import io.millrace.protocol.api.CallContext;
import io.millrace.protocol.api.OwnResources;
import io.millrace.protocol.api.ServiceException;
import io.millrace.protocol.arn.Arn;
import io.millrace.video.streams.StreamKey;
import io.millrace.video.streams.VideoErrors;
import io.millrace.video.streams.VideoStream;
import io.millrace.video.streams.VideoStreams;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Finds the stream a call speaks of, by name or by ARN: none but those of the caller's own account and region.
 * Stateless.
 */
final class StreamRefs {
    private static final String RESOURCE_PREFIX = "stream/";

    private static final OwnResources OWN =
            new OwnResources("kinesisvideo", RESOURCE_PREFIX, new OwnResources.Refusals() {
                @Override
                public ServiceException malformed(String text) {
                    return VideoErrors.invalidArgument(String.format(Locale.ROOT, "StreamARN %s is not valid.", text));
                }

                @Override
                public ServiceException denied(String message) {
                    return VideoErrors.accessDenied(message);
                }

                @Override
                public ServiceException notFound(Arn arn) {
                    String resource = arn.resource().substring(RESOURCE_PREFIX.length());
                    return VideoErrors.streamNotFound(new StreamKey(arn.namespace(), streamIn(resource)));
                }
            });

    private final VideoStreams streams;

    StreamRefs(VideoStreams streams) {
        this.streams = streams;
    }

    /** @throws io.millrace.protocol.api.ServiceException if there is no such stream */
    VideoStream stream(@Nullable String name, @Nullable String arn, CallContext call) {
        if (arn != null) {
            if (name != null) {
                throw VideoErrors.invalidArgument("StreamName and StreamARN must not both be specified.");
            }
            return byArn(arn, call);
        }
        if (name == null) {
            throw VideoErrors.invalidArgument("Either StreamName or StreamARN must be specified.");
        }
        return streams.get(new StreamKey(call.namespace(), name));
    }

    private VideoStream byArn(String text, CallContext call) {
        StreamKey key = new StreamKey(call.namespace(), streamIn(OWN.nameIn(text, call)));
        // The time of creation is part of the ARN: that of a deleted stream does not name its successor.
        return streams.find(key)
                .filter(stream -> stream.arn().equals(text))
                .orElseThrow(() -> VideoErrors.streamNotFound(key));
    }

    private static String streamIn(String resource) {
        int slash = resource.indexOf('/');
        return slash < 0 ? resource : resource.substring(0, slash);
    }
}
