package io.millrace.server.bench.host;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What {@code jcmd GC.heap_info} says. */
final class HeapInfo {
    private static final Pattern USED = Pattern.compile("\\bused (\\d+)([KMG])");
    private static final String BEHIND_HEAP = "Metaspace"; // classes are no part of the heap

    private HeapInfo() {}

    /** Returns how many bytes are in use, garbage included, whichever collector it is; 0 when nothing is said. */
    static long usedBytes(String said) {
        int end = said.indexOf(BEHIND_HEAP);
        Matcher used = USED.matcher(end < 0 ? said : said.substring(0, end));
        long bytes = 0;
        while (used.find()) {
            bytes += Long.parseLong(used.group(1)) << (10 * (1 + "KMG".indexOf(used.group(2))));
        }
        return bytes;
    }
}
