package io.millrace.server.metrics;

import io.millrace.video.VideoStats;
import java.util.function.Supplier;

/** Figures of video streams. Thread-safe. */
public final class VideoFigures implements FigureSource {
    private final Supplier<VideoStats> video;

    public VideoFigures(Supplier<VideoStats> video) {
        this.video = video;
    }

    @Override
    public void addTo(Figures figures) {
        VideoStats stats = video.get();
        figures.counter(
                "millrace_video_stored_fragments_total", "Fragments that are durable.", stats.storedFragments());
        figures.counter("millrace_video_stored_bytes_total", "Media bytes of those fragments.", stats.storedBytes());
        figures.counter(
                "millrace_video_failed_fragments_total",
                "Fragments that could not be stored.",
                stats.failedFragments());
        figures.gauge("millrace_video_producers", "Open PutMedia connections.", stats.producers());
    }
}
