DROP TABLE reference_reads;
DROP TABLE reference_versions;
