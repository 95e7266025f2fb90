DROP TABLE slot_guards;
DROP TABLE slot_holds;
DROP TABLE slot_limits;
