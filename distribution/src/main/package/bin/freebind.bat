@echo off
rem Starts FreeBind with the Java it finds. FREEBIND_OPTS holds options for Java, FREEBIND_PLUGINS a folder of plugins.
setlocal
set "HOME_FOLDER=%~dp0.."
if defined JAVA_HOME (
  set "JAVA=%JAVA_HOME%\bin\java.exe"
) else (
  set "JAVA=java.exe"
)
"%JAVA%" -version >nul 2>&1
if errorlevel 1 (
  echo freebind: no Java was found; install JDK 17 or newer, and set JAVA_HOME to it or put it on the PATH. 1>&2
  exit /b 1
)
set "MAJOR=0"
for /f "tokens=3" %%v in ('""%JAVA%" -XshowSettings:properties -version 2^>^&1 ^| findstr /c:"java.specification.version ="') do (
  for /f "delims=." %%m in ("%%v") do set "MAJOR=%%m"
)
if %MAJOR% LSS 17 (
  echo freebind: this Java is older than 17; set JAVA_HOME to JDK 17 or newer. 1>&2
  exit /b 1
)
set "FLAGS="
if %MAJOR% GEQ 24 set "FLAGS=--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow"
set "PLUGINS=%HOME_FOLDER%\plugins"
if defined FREEBIND_PLUGINS set "PLUGINS=%PLUGINS%;%FREEBIND_PLUGINS%"
if not defined TF_CPP_MIN_LOG_LEVEL set "TF_CPP_MIN_LOG_LEVEL=2"
"%JAVA%" -XX:+UseSerialGC -Xshare:auto %FLAGS% %FREEBIND_OPTS% -Dfile.encoding=UTF-8 -Djava.awt.headless=true "-Dfreebind.plugins=%PLUGINS%" -cp "%HOME_FOLDER%\lib\*" dev.freebind.distribution.FreeBind %*
exit /b %ERRORLEVEL%
