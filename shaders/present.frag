// The finished scene, as it is, at the size of the window.
in vec2 uv;
uniform sampler2D scene;
out vec4 color;

void main() { color = vec4(texture(scene, uv).rgb, 1.0); }
