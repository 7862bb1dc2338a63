/* The service tables as bytes of the binary: kiln_table_<service>_begin .. _end. */
.macro table service
  .global kiln_table_\service\()_begin
  .global kiln_table_\service\()_end
kiln_table_\service\()_begin:
  .incbin "api/model/\service\().json"
kiln_table_\service\()_end:
.endm

  .section .rodata
  table codebuild
  table codecommit
  table logs
  table s3
  table secretsmanager
  table ssm
  table sts

  .section .note.GNU-stack, "", %progbits
