package telematics

import _ "embed" // for the schema

// InspectionSchemaJSON is the JSON Schema (draft 2020-12) of an Inspection.
//
//go:embed inspection.schema.json
var InspectionSchemaJSON string
