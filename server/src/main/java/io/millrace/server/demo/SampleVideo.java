package io.millrace.server.demo;

/**
 * What is true of the sample video: ten seconds of a test picture at 15 frames a second, a key frame each second. Made
 * with {@code ffmpeg -f lavfi -i testsrc2=size=320x180:rate=15 -t 10 -c:v libx264 -g 15 ... -f matroska}.
 */
final class SampleVideo {
    static final int FRAGMENTS = 10;
    static final long DURATION_MILLIS = 10_000;

    private SampleVideo() {}
}
