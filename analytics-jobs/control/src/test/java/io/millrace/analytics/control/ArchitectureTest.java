package io.millrace.analytics.control;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "io.millrace.analytics.control", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule controlKnowsNoFlink = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.apache.flink..", "io.millrace.analytics.connector..", "io.millrace.analytics.runtime..")
            .because("a cluster is reached over its REST API only, and may be of another process or machine");

    @ArchTest
    static final ArchRule packagesFormNoCycle =
            slices().matching("io.millrace.analytics.(**)").should().beFreeOfCycles();
}
