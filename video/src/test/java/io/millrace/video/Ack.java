package io.millrace.video;

/** What a producer was told. */
record Ack(String type, long timecode, String number) {}
