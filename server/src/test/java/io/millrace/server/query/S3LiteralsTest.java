package io.millrace.server.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class S3LiteralsTest {
    private static String replace(String sql) throws IOException {
        return S3Literals.replace(sql, new S3Literals.Replacement() {
            @Override
            public String table(S3Glob glob) {
                return "<table " + glob.text() + ">";
            }

            @Override
            public String files(S3Glob glob) {
                return "<files " + glob.text() + ">";
            }
        });
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            SELECT * FROM 's3://b/k' t                     | SELECT * FROM <table s3://b/k> t
            from 's3://b/k'                                | from <table s3://b/k>
            SELECT 1 FROM t JOIN 's3://b/k' u ON t.a = u.a | SELECT 1 FROM t JOIN <table s3://b/k> u ON t.a = u.a
            SELECT 1 FROM t, 's3://b/k'                    | SELECT 1 FROM t, <table s3://b/k>
            SELECT (SELECT max(a) FROM 's3://b/k'), 's3://c/d' | SELECT (SELECT max(a) FROM <table s3://b/k>), 's3://c/d'
            FROM read_parquet('s3://b/k')                  | FROM read_parquet([<files s3://b/k>])
            FROM READ_CSV ( 's3://b/k', header = true)     | FROM READ_CSV ( [<files s3://b/k>], header = true)
            FROM read_json(['s3://b/k', 's3://b/l'])       | FROM read_json([<files s3://b/k>, <files s3://b/l>])
            SELECT 1 FROM 's3://b/it''s'                   | SELECT 1 FROM <table s3://b/it's>
            SELECT 1 FROM /* the lake */ 's3://b/k'        | SELECT 1 FROM /* the lake */ <table s3://b/k>
            COPY (FROM 's3://b/k') TO 's3://b/l'           | COPY (FROM <table s3://b/k>) TO 's3://b/l'
            """)
    void aLiteralWhereATableStandsIsReplaced(String sql, String expected) throws IOException {
        assertThat(replace(sql)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT 's3://b/k'",
                "SELECT 1 FROM t WHERE url = 's3://b/k'",
                "SELECT 1 FROM t WHERE url IN ('s3://b/k', 's3://b/l')",
                "SELECT 1 FROM t WHERE url IS NOT DISTINCT FROM 's3://b/k'",
                "SELECT 1 FROM t GROUP BY a, 's3://b/k'",
                "SELECT 1 FROM \"s3://b/k\"",
                "SELECT 1 -- FROM 's3://b/k'",
                "SELECT $$ FROM 's3://b/k' $$",
                "SELECT 'a '' FROM ''s3://b/k'",
                "SELECT 1 FROM 'local.parquet'",
            })
    void anyOtherLiteralStays(String sql) throws IOException {
        assertThat(replace(sql)).isEqualTo(sql);
    }

    @ParameterizedTest
    @CsvSource({
        "s3://b/a/*.parquet, a/x.parquet, true",
        "s3://b/a/*.parquet, a/b/x.parquet, false",
        "s3://b/a/*.parquet, a/x.parquet.tmp, false",
        "s3://b/a/**/*.parquet, a/x.parquet, true",
        "s3://b/a/**/*.parquet, a/b/c/x.parquet, true",
        "s3://b/a/**/*.parquet, ab/x.parquet, false",
        "s3://b/a**.json, a/b/c.json, true",
        "s3://b/a/, a/b/c, true",
        "s3://b/, any/thing, true",
        "s3://b/a?c, abc, true",
        "s3://b/a?c, a/c, false",
        "s3://b/a+(b).csv, a+(b).csv, true",
        "s3://b/a, ab, false",
    })
    void aPatternMatchesKeys(String pattern, String key, boolean matches) throws IOException {
        assertThat(S3Glob.parse(pattern).matches(key)).isEqualTo(matches);
    }

    @Test
    void onlyWhatStandsBeforeTheFirstStarIsListed() throws IOException {
        S3Glob glob = S3Glob.parse("s3://lake/rides/2024/*/x?.parquet");

        assertThat(glob.bucket()).isEqualTo("lake");
        assertThat(glob.prefix()).isEqualTo("rides/2024/");
    }

    @ParameterizedTest
    @ValueSource(strings = {"s3://", "s3://bucket", "s3:///key"})
    void aPatternWithoutBucketOrKeyIsRefused(String pattern) {
        assertThatThrownBy(() -> S3Glob.parse(pattern))
                .hasMessage("%s: no bucket and key (expected: s3://bucket/prefix/*.parquet)", pattern);
    }
}
