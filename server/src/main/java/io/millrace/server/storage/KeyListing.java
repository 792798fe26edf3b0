package io.millrace.server.storage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One page of a bucket's keys in the order of S3, which is that of their UTF-8 bytes.
 *
 * <p>Holds no more entries than the page has, and does not descend into directories whose keys are on other pages or
 * rolled up into one prefix. Confined to the thread of its request.
 */
final class KeyListing {
    static final Comparator<String> ORDER = KeyListing::compareCodePoints;

    private final String prefix;
    private final String delimiter;
    private final @Nullable String after;
    private final int limit;

    /** Entries, and whether each is a common prefix; at most one more than the limit. */
    private final TreeMap<String, Boolean> entries = new TreeMap<>(ORDER);

    /**
     * Describes a page.
     *
     * @param delimiter rolls keys up that hold it after the prefix; empty for none
     * @param after the entry before the first of the page; absent for the first page
     * @param limit how many entries a page has
     */
    KeyListing(String prefix, String delimiter, @Nullable String after, int limit) {
        this.prefix = prefix;
        this.delimiter = delimiter;
        this.after = after;
        this.limit = limit;
    }

    /** Returns the entries of the page, and whether each is a common prefix. */
    SortedMap<String, Boolean> page() {
        return isTruncated() ? entries.headMap(entries.lastKey()) : entries;
    }

    boolean isTruncated() {
        return entries.size() > limit;
    }

    /** Adds the keys of one directory tree. */
    void add(KeyTree tree) {
        int slash = prefix.lastIndexOf('/') + 1;
        String above = prefix.substring(0, slash);
        Path start = tree.directory(above);
        if (start == null) {
            return;
        }
        if (tree.isKey(start, above)) {
            offer(above);
        }
        descend(tree, start, above);
    }

    private void descend(KeyTree tree, Path directory, String above) {
        for (Child child : children(tree, directory, above)) {
            if (!child.isDirectory()) {
                offer(child.key());
            } else if (isWanted(child.key())) {
                String rolled = rolledUp(child.key());
                if (rolled != null) {
                    if (isNews(rolled) && holdsKey(tree, child)) {
                        put(rolled, true);
                    }
                } else {
                    if (tree.isKey(child.path(), child.key())) {
                        offer(child.key());
                    }
                    descend(tree, child.path(), child.key());
                }
            }
        }
    }

    /** Tells whether keys that begin so may be on the page. */
    private boolean isWanted(String above) {
        if (!above.startsWith(prefix) && !prefix.startsWith(above)) {
            return false;
        }
        if (after != null && !after.startsWith(above) && ORDER.compare(above, after) < 0) {
            return false;
        }
        return rolledUp(above) != null || entries.size() <= limit || ORDER.compare(above, entries.lastKey()) < 0;
    }

    private @Nullable String rolledUp(String key) {
        if (delimiter.isEmpty() || !key.startsWith(prefix)) {
            return null;
        }
        int at = key.indexOf(delimiter, prefix.length());
        return at < 0 ? null : key.substring(0, at + delimiter.length());
    }

    private boolean holdsKey(KeyTree tree, Child directory) {
        if (tree.isKey(directory.path(), directory.key())) {
            return true;
        }
        for (Child child : children(tree, directory.path(), directory.key())) {
            if (!child.isDirectory() || holdsKey(tree, child)) {
                return true;
            }
        }
        return false;
    }

    private void offer(String key) {
        if (key.startsWith(prefix)) {
            String rolled = rolledUp(key);
            String entry = rolled == null ? key : rolled;
            if (isNews(entry)) {
                put(entry, rolled != null);
            }
        }
    }

    private boolean isNews(String entry) {
        return (after == null || ORDER.compare(entry, after) > 0)
                && !entries.containsKey(entry)
                && (entries.size() <= limit || ORDER.compare(entry, entries.lastKey()) < 0);
    }

    private void put(String entry, boolean common) {
        entries.put(entry, common);
        if (entries.size() > limit + 1) {
            entries.pollLastEntry();
        }
    }

    private record Child(Path path, String key, boolean isDirectory) {}

    /** Reads the directory whole before descending: a key may be a thousand directories deep. */
    private static List<Child> children(KeyTree tree, Path directory, String above) {
        List<Child> children = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
            for (Path path : stream) {
                String name = String.valueOf(path.getFileName());
                boolean isDirectory = tree.isDirectory(path, name);
                String decoded = tree.decode(path, name, isDirectory);
                if (decoded != null) {
                    children.add(new Child(path, above + decoded, isDirectory));
                }
            }
        } catch (NoSuchFileException | NotDirectoryException e) {
            return children; // removed meanwhile, with its keys
        } catch (DirectoryIteratorException e) {
            throw new UncheckedIOException(e.getCause());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        children.sort(Comparator.comparing(Child::key, ORDER));
        return children;
    }

    private static int compareCodePoints(String one, String other) {
        int shorter = Math.min(one.length(), other.length());
        for (int i = 0; i < shorter; i++) {
            char a = one.charAt(i);
            char b = other.charAt(i);
            if (a != b) {
                // UTF-16 sorts surrogates before U+E000 to U+FFFF, UTF-8 sorts them last
                return Character.isSurrogate(a) == Character.isSurrogate(b)
                        ? Character.compare(a, b)
                        : Character.isSurrogate(a) ? 1 : -1;
            }
        }
        return Integer.compare(one.length(), other.length());
    }
}
