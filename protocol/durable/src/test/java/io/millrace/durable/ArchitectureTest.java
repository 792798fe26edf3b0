package io.millrace.durable;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "io.millrace.durable", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule theGroundFloorStandsOnJavaAlone = noClasses()
            .should()
            .dependOnClassesThat()
            .resideOutsideOfPackages("io.millrace.durable..", "java..", "org.jspecify..", "org.slf4j..")
            .because("every part of a node stands on it");

    @ArchTest
    static final ArchRule documentsKnowBytesKeysAndFilesOnly = noClasses()
            .that()
            .resideInAPackage("io.millrace.durable.documents..")
            .should()
            .dependOnClassesThat()
            .resideOutsideOfPackages(
                    "io.millrace.durable.documents..", "io.millrace.durable.disk..", "java..", "org.jspecify..")
            .because("every feature keeps its documents there");

    @ArchTest
    static final ArchRule packagesFormNoCycle =
            slices().matching("io.millrace.durable.(*)..").should().beFreeOfCycles();
}
