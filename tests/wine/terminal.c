/* A terminal with one program in it, as a user has it: what the program leaves on the screen goes into a file, and its
   exit status after it. Where a word is given, Ctrl-C is pressed once the screen shows it.
   usage: terminal.exe FILE WORD COMMAND (WORD may be -) */
#include <stdio.h>
#include <string.h>
#include <windows.h>

#define WIDE 120
#define HIGH 200
static char screen[HIGH * (3 * WIDE + 1) + 1]; /* UTF-8 */

/* The text of the screen, without what is empty at the ends of its lines and below. */
static void read_screen(HANDLE console)
{
    WCHAR line[WIDE];
    char *to = screen, *end = screen;
    for (short y = 0; y < HIGH; y++) {
        DWORD count = 0;
        COORD from = {0, y};
        ReadConsoleOutputCharacterW(console, line, WIDE, from, &count);
        while (count > 0 && line[count - 1] == ' ')
            count--;
        if (count > 0)
            to += WideCharToMultiByte(CP_UTF8, 0, line, count, to, 3 * WIDE, NULL, NULL);
        *to++ = '\n';
        if (count > 0)
            end = to;
    }
    *end = 0;
}

int main(int count, char **words)
{
    if (count != 4)
        return 2;
    FreeConsole();
    if (!AllocConsole())
        return 3;
    HANDLE console = CreateFileA("CONOUT$", GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
    COORD size = {WIDE, HIGH};
    SetConsoleScreenBufferSize(console, size);
    STARTUPINFOA how = {sizeof how};
    PROCESS_INFORMATION program;
    if (!CreateProcessA(NULL, words[3], NULL, NULL, FALSE, 0, NULL, NULL, &how, &program))
        return 4;
    BOOL pressed = words[2][0] == '-';
    DWORD status = STILL_ACTIVE;
    for (int looks = 0; looks < 1200 && WaitForSingleObject(program.hProcess, 50) == WAIT_TIMEOUT; looks++) {
        read_screen(console);
        if (!pressed && strstr(screen, words[2])) {
            pressed = TRUE;
            SetConsoleCtrlHandler(NULL, TRUE); /* for them, not for us */
            GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0);
        }
    }
    GetExitCodeProcess(program.hProcess, &status);
    read_screen(console);
    FILE *out = fopen(words[1], "w");
    if (!out)
        return 5;
    fprintf(out, "%sstatus %lu\n", screen, status);
    return fclose(out) ? 5 : 0;
}
