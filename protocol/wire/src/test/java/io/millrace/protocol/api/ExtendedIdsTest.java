package io.millrace.protocol.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Base64;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ExtendedIdsTest {
    @Test
    void eachIsAnotherAndReadsAsBase64() {
        Set<String> ids = new HashSet<>();
        Set<Integer> characters = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
            String id = ExtendedIds.next();
            assertThat(Base64.getDecoder().decode(id)).hasSize(72);
            ids.add(id);
            id.chars().forEach(characters::add);
        }
        assertThat(ids).hasSize(1000);
        assertThat(characters).hasSize(64);
    }
}
