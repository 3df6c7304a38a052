/**
 * The body of Firestore's document events, as far as the tracker reads it. Field numbers are Firestore's own; a map's value
 * is written as an entry list by protobuf itself.
 */
export const DOCUMENT_EVENT_PROTO = `
syntax = "proto3";
message Timestamp { int64 seconds = 1; int32 nanos = 2; }
message GeoPoint { double latitude = 1; double longitude = 2; }
message List { repeated Value values = 1; }
message Fields { map<string, Value> fields = 1; }
message Value {
  oneof kind {
    bool boolean = 1;
    int64 integer = 2;
    double double = 3;
    string reference = 5;
    Fields map = 6;
    GeoPoint geo = 8;
    List array = 9;
    Timestamp timestamp = 10;
    int32 null = 11;
    string string = 17;
    bytes bytes = 18;
  }
}
message Document {
  string name = 1;
  map<string, Value> fields = 2;
  Timestamp created = 3;
  Timestamp updated = 4;
}
message FieldMask { repeated string paths = 1; }
message DocumentEvent { Document value = 1; Document before = 2; FieldMask mask = 3; }
`;
