package io.millrace.video.api;

import io.millrace.protocol.api.CallContext;
import io.millrace.protocol.arn.Arn;
import io.millrace.video.streams.StreamKey;
import io.millrace.video.streams.VideoErrors;
import io.millrace.video.streams.VideoStream;
import io.millrace.video.streams.VideoStreams;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Finds the stream a call speaks of, by name or by ARN. Stateless. */
final class StreamRefs {
    private static final String RESOURCE_PREFIX = "stream/";

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
        Arn arn = Arn.parse(text)
                .filter(a -> a.service().equals("kinesisvideo") && a.resource().startsWith(RESOURCE_PREFIX))
                .orElseThrow(() -> VideoErrors.invalidArgument("StreamARN %s is not valid.".formatted(text)));
        String resource = arn.resource().substring(RESOURCE_PREFIX.length());
        int slash = resource.indexOf('/');
        StreamKey key = new StreamKey(arn.namespace(), slash < 0 ? resource : resource.substring(0, slash));
        refuseOthers(key, text, call);
        // The time of creation is part of the ARN: that of a deleted stream does not name its successor.
        return streams.find(key)
                .filter(stream -> stream.arn().equals(text))
                .orElseThrow(() -> VideoErrors.streamNotFound(key));
    }

    /** Whether a stream of another account exists is not told. */
    private static void refuseOthers(StreamKey key, String arn, CallContext call) {
        String account = call.namespace().account();
        if (!key.namespace().account().equals(account)) {
            String path = call.head().path(); // such as /describeStream
            String operation = path.substring(1, 2).toUpperCase(Locale.ROOT) + path.substring(2);
            throw VideoErrors.accessDenied(account, operation, arn);
        }
    }
}
