package io.millrace.video.mkv;

/** Hears what {@link MkvParser} finds. Called on the thread that feeds the parser. */
public interface FragmentListener {

    /**
     * A cluster has begun and its timestamp is known. Followed by {@link #onFragment}, or by nothing if it never ends.
     */
    void onFragmentStart(long timecodeMillis);

    /** A cluster has ended as it should. */
    void onFragment(MkvFragment fragment);
}
