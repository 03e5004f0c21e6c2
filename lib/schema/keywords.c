/* The keywords that are checked: the one table of the engine. */
#include "schema/internal.h"

#define ROW(name, rule, applies, compile, check)                                            \
    {                                                                                       \
        name, "schema-" rule, applies, bp_schema_compile_##compile, bp_schema_check_##check \
    }

const struct bp_schema_keyword bp_schema_keywords[] = {
    ROW("type", "type", BP_SCHEMA_ANY, type, type),
    ROW("enum", "enum", BP_SCHEMA_ANY, enum, enum),
    ROW("const", "const", BP_SCHEMA_ANY, const, const),

    ROW("minimum", "minimum", cJSON_Number, number, minimum),
    ROW("maximum", "maximum", cJSON_Number, number, maximum),
    ROW("exclusiveMinimum", "exclusive-minimum", cJSON_Number, number, above),
    ROW("exclusiveMaximum", "exclusive-maximum", cJSON_Number, number, below),

    ROW("minLength", "min-length", cJSON_String, count, min_length),
    ROW("maxLength", "max-length", cJSON_String, count, max_length),

    ROW("minItems", "min-items", cJSON_Array, count, min_items),
    ROW("maxItems", "max-items", cJSON_Array, count, max_items),
    ROW("uniqueItems", "unique-items", cJSON_Array, unique_items, unique_items),
    ROW("items", "items", cJSON_Array, items, items),

    ROW("minProperties", "min-properties", cJSON_Object, count, min_properties),
    ROW("maxProperties", "max-properties", cJSON_Object, count, max_properties),
    /* properties first: the other two ask it for the names that are known. */
    ROW("properties", "properties", cJSON_Object, properties, properties),
    ROW("required", "required", cJSON_Object, required, required),
    ROW("additionalProperties", "additional-properties", cJSON_Object, additional_properties,
        additional_properties),
    {0},
};
