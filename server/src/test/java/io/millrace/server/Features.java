package io.millrace.server;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.library.dependencies.Slice;
import java.util.Set;

/** The slices of {@code io.millrace} that are features, which is all but the bottom and the top of the graph. */
final class Features extends DescribedPredicate<Slice> {
    private static final Set<String> OTHERS = Set.of("durable", "protocol", "server");

    Features() {
        super("are features");
    }

    @Override
    public boolean test(Slice slice) {
        return !OTHERS.contains(slice.getNamePart(1));
    }
}
