; The installer for one user, made by build.sh: makensis -DVERSION=0.1.0 -DFILES=folder -DOUT=setup.exe installer.nsi
; /S installs without a question, /D=C:\folder elsewhere; uninstall.exe /S takes away what this has made and nothing else.
Unicode true
ManifestDPIAware true
RequestExecutionLevel user
SetCompressor /SOLID lzma
SetCompressorDictSize 64 ; holds both programs, which differ in one byte

!include MUI2.nsh
!include FileFunc.nsh

!define CLASSES "Software\Classes"
!define APPS "Software\Microsoft\Windows\CurrentVersion\Uninstall\Gilscope"
!define KEPT "Your runs and settings stay where they are, in $APPDATA\Gilscope. Delete that folder if you do not want them any more."

Name "Gilscope"
OutFile "${OUT}"
InstallDir "$LOCALAPPDATA\Programs\Gilscope"
InstallDirRegKey HKCU "${APPS}" "InstallLocation"
BrandingText "Gilscope ${VERSION}"
VIProductVersion "${VERSION}.0"
VIAddVersionKey "ProductName" "Gilscope"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "FileDescription" "Installs Gilscope"
VIAddVersionKey "LegalCopyright" "MIT licence"

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_FINISHPAGE_RUN "$INSTDIR\gilscope.exe"
!define MUI_UNCONFIRMPAGE_TEXT_TOP "${KEPT}"
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"

; A program that runs can be neither replaced nor deleted.
!macro refuse_while_running program
    ${If} ${FileExists} "$INSTDIR\${program}"
        ClearErrors
        FileOpen $0 "$INSTDIR\${program}" a
        ${If} ${Errors}
            MessageBox MB_OK|MB_ICONEXCLAMATION "Gilscope is running, or its folder may not be written to. End it, then start this again." /SD IDOK
            SetErrorLevel 2
            Quit
        ${EndIf}
        FileClose $0
    ${EndIf}
!macroend

; Explorer is to look at the associations again (SHCNE_ASSOCCHANGED).
!macro tell_explorer
    System::Call 'shell32::SHChangeNotify(i 0x08000000, i 0, p 0, p 0)'
!macroend

; What a kind of file is called, its icon, and what opens it.
!macro kind id name
    WriteRegStr HKCU "${CLASSES}\${id}" "" "${name}"
    WriteRegStr HKCU "${CLASSES}\${id}\DefaultIcon" "" "$INSTDIR\gilscope.exe,0"
    WriteRegStr HKCU "${CLASSES}\${id}\shell\open\command" "" '"$INSTDIR\gilscope.exe" "%1"'
!macroend

Section
    !insertmacro refuse_while_running "gilscope.exe"
    !insertmacro refuse_while_running "gilscope.com"
    SetOutPath "$INSTDIR"
    File "${FILES}\gilscope.exe"
    File "${FILES}\gilscope.com"
    File "${FILES}\LICENSE.txt"
    File "${FILES}\licences.txt"
    WriteUninstaller "$INSTDIR\uninstall.exe"
    CreateShortcut "$SMPROGRAMS\Gilscope.lnk" "$INSTDIR\gilscope.exe"

    !insertmacro kind "Gilscope.Run" "Gilscope run"
    !insertmacro kind "Gilscope.Script" "Python script"
    WriteRegStr HKCU "${CLASSES}\.gilscope" "" "Gilscope.Run"
    WriteRegStr HKCU "${CLASSES}\.gilscope\OpenWithProgids" "Gilscope.Run" ""
    ; "Open with" only: what opens a script on a double click stays what it was.
    WriteRegStr HKCU "${CLASSES}\.py\OpenWithProgids" "Gilscope.Script" ""
    !insertmacro tell_explorer

    WriteRegStr HKCU "${APPS}" "DisplayName" "Gilscope"
    WriteRegStr HKCU "${APPS}" "DisplayVersion" "${VERSION}"
    WriteRegStr HKCU "${APPS}" "DisplayIcon" "$INSTDIR\gilscope.exe"
    WriteRegStr HKCU "${APPS}" "Publisher" "The Gilscope authors"
    WriteRegStr HKCU "${APPS}" "InstallLocation" "$INSTDIR"
    WriteRegStr HKCU "${APPS}" "UninstallString" '"$INSTDIR\uninstall.exe"'
    WriteRegStr HKCU "${APPS}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
    WriteRegDWORD HKCU "${APPS}" "NoModify" 1
    WriteRegDWORD HKCU "${APPS}" "NoRepair" 1
    ${GetSize} "$INSTDIR" "/S=0K" $0 $1 $2
    WriteRegDWORD HKCU "${APPS}" "EstimatedSize" $0
SectionEnd

Section Uninstall
    !insertmacro refuse_while_running "gilscope.exe"
    !insertmacro refuse_while_running "gilscope.com"
    Delete "$SMPROGRAMS\Gilscope.lnk"
    ReadRegStr $0 HKCU "${CLASSES}\.gilscope" ""
    ${If} $0 == "Gilscope.Run"
        DeleteRegValue HKCU "${CLASSES}\.gilscope" ""
    ${EndIf}
    DeleteRegValue HKCU "${CLASSES}\.gilscope\OpenWithProgids" "Gilscope.Run"
    DeleteRegValue HKCU "${CLASSES}\.py\OpenWithProgids" "Gilscope.Script"
    ; What others have put beside ours stays.
    DeleteRegKey /ifempty HKCU "${CLASSES}\.gilscope\OpenWithProgids"
    DeleteRegKey /ifempty HKCU "${CLASSES}\.gilscope"
    DeleteRegKey /ifempty HKCU "${CLASSES}\.py\OpenWithProgids"
    DeleteRegKey /ifempty HKCU "${CLASSES}\.py"
    DeleteRegKey HKCU "${CLASSES}\Gilscope.Run"
    DeleteRegKey HKCU "${CLASSES}\Gilscope.Script"
    !insertmacro tell_explorer

    Delete "$INSTDIR\gilscope.exe"
    Delete "$INSTDIR\gilscope.com"
    Delete "$INSTDIR\LICENSE.txt"
    Delete "$INSTDIR\licences.txt"
    DeleteRegKey HKCU "${APPS}"
    ; What runs is a copy; the file is free once the process that made the copy has ended.
    ${For} $0 1 50
        Delete "$INSTDIR\uninstall.exe"
        ${IfNot} ${FileExists} "$INSTDIR\uninstall.exe"
            ${Break}
        ${EndIf}
        Sleep 100
    ${Next}
    ; Not with what else is in it.
    SetOutPath "$TEMP"
    RMDir "$INSTDIR"
    DetailPrint "${KEPT}"
SectionEnd
