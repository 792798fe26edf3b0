package io.millrace.analytics.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(10)
class SqlScriptTest {

    private static List<String> texts(String script) {
        return SqlScript.parse(script).stream().map(SqlScript.Statement::text).toList();
    }

    @Test
    void statementsEndAtTheirSemicolonAndTheLastNeedsNone() {
        assertThat(texts("CREATE TABLE a (x INT);\n\nINSERT INTO a SELECT 1 ;; SELECT 2"))
                .containsExactly("CREATE TABLE a (x INT)", "INSERT INTO a SELECT 1", "SELECT 2");
        assertThat(texts(" \n;\t; -- nothing\n")).isEmpty();
    }

    @Test
    void aSemicolonInQuotesOrCommentsEndsNothing() {
        assertThat(texts("SELECT 'a;b''c;' AS `x;y`, \"z;\" -- one; two\n, 3 /* four;\nfive */; SELECT ';'"))
                .containsExactly("SELECT 'a;b''c;' AS `x;y`, \"z;\" \n, 3", "SELECT ';'");
    }

    @Test
    void aCommentIsWhiteSpace() {
        assertThat(texts("SELECT/* all */1")).containsExactly("SELECT 1");
        assertThat(texts("SELECT '--no', '/*no*/'")).containsExactly("SELECT '--no', '/*no*/'");
        assertThat(texts("SELECT 1 /* never closed; ")).containsExactly("SELECT 1");
    }

    @Test
    void aHintIsNoComment() {
        assertThat(texts("SELECT * FROM t /*+ OPTIONS('a'=';') */;"))
                .containsExactly("SELECT * FROM t /*+ OPTIONS('a'=';') */");
    }

    @Test
    void aStatementSetIsOneStatement() {
        String set = "EXECUTE STATEMENT SET\nBEGIN\nINSERT INTO a SELECT 1;\nINSERT INTO b SELECT 2;\nEND";
        assertThat(texts("CREATE TABLE a (x INT);\n" + set + ";\nSELECT 1;"))
                .containsExactly("CREATE TABLE a (x INT)", set, "SELECT 1");
        assertThat(texts("explain statement set begin insert into a select 1; end; select 1"))
                .containsExactly("explain statement set begin insert into a select 1; end", "select 1");
    }

    @Test
    void theEndOfACaseIsNotThatOfTheSet() {
        String set = "EXECUTE STATEMENT SET BEGIN\nINSERT INTO a SELECT CASE WHEN x THEN 1 ELSE 2 END;\n"
                + "INSERT INTO b SELECT 2;\nEND";
        assertThat(texts(set + ";")).containsExactly(set);
    }

    @Test
    void aStatementKnowsTheLineItBeginsIn() {
        List<SqlScript.Statement> statements =
                SqlScript.parse("-- head\n/* two\nlines */\nSELECT\n1;\n\n  SELECT 'a\nb'; SELECT 3");
        assertThat(statements.stream().map(SqlScript.Statement::line)).containsExactly(4, 7, 8);
    }

    @Test
    void linesInsideAStatementAreKeptAsFlinkCountsThem() {
        assertThat(texts("SELECT -- a\n/* b\nc */ 1"))
                .singleElement()
                .asString()
                .hasLineCount(3);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "INSERT INTO a SELECT 1; true",
                "insert overwrite a select 1; true",
                "'INSERT\nINTO a SELECT 1'; true",
                "'INSERT\r\nINTO a SELECT 1'; true",
                "'INSERT\tINTO a SELECT 1'; true",
                "EXECUTE  STATEMENT  SET BEGIN; true",
                "INSERTED; false",
                "SELECT 1; false",
                "CREATE TABLE a (x INT); false",
                "EXPLAIN INSERT INTO a SELECT 1; false"
            })
    void anInsertOrAStatementSetStartsAJob(String text, boolean startsJob) {
        assertThat(new SqlScript.Statement(text, 1).startsJob()).isEqualTo(startsJob);
    }
}
